// Processor time of what comes after the model in a cut-out: the guided filter, the colours at the edge, the PNG.
// usage: node scripts/run.mjs bench/cutout/edges.ts   → least of five runs, ms
import path from 'node:path';
import sharp from 'sharp';
import { encode } from '../../src/imaging/encode.ts';
import { estimateForeground } from '../../src/imaging/kernels/foreground.ts';
import { guidedUpsample } from '../../src/imaging/kernels/guided.ts';
import { graphOfPixels, type Pixels } from '../../src/imaging/pixels.ts';

const PHOTO = path.resolve('functions/frontend-fn/page/samples/cat.jpg');
const SMALL = { width: 320, height: 213 };

async function pixelsOf(width: number, height: number): Promise<Pixels> {
  const graph = sharp(PHOTO).resize(width, height, { fit: 'fill' }).removeAlpha();
  return { data: await graph.raw().toBuffer(), width, height, channels: 3 };
}

/** An ellipse with a soft edge. */
function ellipse({ width, height }: typeof SMALL): Pixels {
  const data = Buffer.from(
    Array.from({ length: width * height }, (_, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      const far = Math.hypot((x - width / 2) / (width * 0.3), (y - height / 2) / (height * 0.4));
      return Math.max(0, Math.min(255, Math.round((1.05 - far) * 2_040)));
    }),
  );
  return { data, width, height, channels: 1 };
}

async function least<T>(work: () => T): Promise<[Awaited<T>, string]> {
  const all: number[] = [];
  let result = await work();
  for (let run = 0; run < 5; run++) {
    const before = process.cpuUsage();
    result = await work();
    const { user, system } = process.cpuUsage(before);
    all.push((user + system) / 1_000);
  }
  return [result, Math.min(...all).toFixed(1)];
}

const job = { small: await pixelsOf(SMALL.width, SMALL.height), mask: ellipse(SMALL) };
for (const [width, height] of [
  [500, 333],
  [2_040, 1_356],
] as const) {
  const pixels = await pixelsOf(width, height);
  const [mask, guided] = await least(() => guidedUpsample(pixels, job));
  const [cut, foreground] = await least(() => estimateForeground(pixels, { mask, alpha: mask }));
  console.log(`${width} × ${height}: guided filter ${guided}, colours at the edge ${foreground}`);
  for (const cleared of [false, true]) {
    const [png, ms] = await least(() => encode(graphOfPixels(cut), 'png', {}, { cleared }).toBuffer());
    console.log(`  PNG, rows ${cleared ? 'filtered' : 'as they are'}: ${(png.length / 1_000).toFixed(0)} kB, ${ms}`);
  }
}
