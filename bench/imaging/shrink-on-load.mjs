// What is lost when a JPEG's decoder scales down: a mosaic of the sample photos as JPEG (quality 90) → 512 px,
// against a reduction of its lossless pixels. PSNR in dB, SSIM of luminance, and processor time as JPEG (quality 85).
// usage: node bench/imaging/shrink-on-load.mjs   → a table
import { readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { root } from '../processes.mjs';

const WIDTH = 512;
const TILE = { width: 480, height: 320 };
/** Tiles across and down: reductions by 3.75 to 11.3. */
const GRIDS = [
  [4, 4],
  [5, 5],
  [6, 6],
  [7, 7],
  [9, 9],
  [12, 12],
];
sharp.cache(false);
const samples = path.join(root, 'functions/frontend-fn/page/samples');
const photos = readdirSync(samples).filter((name) => name.endsWith('.jpg'));
const tiles = await Promise.all(
  photos.map((name) => sharp(path.join(samples, name)).resize(TILE.width, TILE.height).removeAlpha().png().toBuffer()),
);

function mosaic(columns, rows) {
  const input = (place) => tiles[(place + Math.floor(place / columns)) % tiles.length];
  const composed = Array.from({ length: columns * rows }, (_, place) => ({
    input: input(place),
    left: (place % columns) * TILE.width,
    top: Math.floor(place / columns) * TILE.height,
  }));
  const size = { width: columns * TILE.width, height: rows * TILE.height };
  const ground = sharp({ create: { ...size, channels: 3, background: '#000' } });
  return ground.composite(composed).removeAlpha().png({ compressionLevel: 1 }).toBuffer();
}

function psnr(a, b) {
  const error = a.reduce((sum, level, at) => sum + (level - b[at]) ** 2, 0) / a.length;
  return 10 * Math.log10(255 ** 2 / error);
}

/** Over blocks of 8 × 8, every 4 pixels. */
function ssim(a, b, { width, height }) {
  const luminance = (at, data) => 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  const all = [];
  for (let top = 0; top + 8 <= height; top += 4) {
    for (let left = 0; left + 8 <= width; left += 4) all.push(similarity(left, top));
  }
  function similarity(left, top) {
    let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
    for (let n = 0; n < 64; n++) {
      const at = ((top + (n >> 3)) * width + left + (n & 7)) * 3;
      const [p, q] = [luminance(at, a), luminance(at, b)];
      x += p / 64;
      y += q / 64;
      xx += (p * p) / 64;
      yy += (q * q) / 64;
      xy += (p * q) / 64;
    }
    const spread = xx - x * x + yy - y * y + 58.5225;
    return ((2 * x * y + 6.5025) * (2 * (xy - x * y) + 58.5225)) / ((x * x + y * y + 6.5025) * spread);
  }
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

async function leastCpu(graph) {
  const all = [];
  for (let run = 0; run < 4; run++) {
    const before = process.cpuUsage();
    await graph().jpeg({ quality: 85 }).toBuffer();
    const { user, system } = process.cpuUsage(before);
    all.push((user + system) / 1_000);
  }
  return Math.min(...all);
}

for (const [columns, rows] of GRIDS) {
  const lossless = await mosaic(columns, rows);
  const size = { width: WIDTH, height: Math.round((rows * TILE.height * WIDTH) / (columns * TILE.width)) };
  const truth = await sharp(lossless).resize(size).raw().toBuffer();
  const jpeg = await sharp(lossless).jpeg({ quality: 90 }).toBuffer();
  const ways = {
    full: () => sharp(jpeg).pipelineColourspace('srgb').resize(size),
    careful: () => sharp(jpeg).resize({ ...size, fastShrinkOnLoad: false }),
    fast: () => sharp(jpeg).resize(size),
  };
  const figures = [];
  for (const [name, way] of Object.entries(ways)) {
    const data = await way().raw().toBuffer();
    const cpu = (await leastCpu(way)).toFixed(1);
    figures.push(`${name} ${psnr(data, truth).toFixed(1)} dB, ${ssim(data, truth, size).toFixed(4)}, ${cpu} ms`);
  }
  console.log([`× ${((columns * TILE.width) / WIDTH).toFixed(2)}`, ...figures].join(' | '));
}
