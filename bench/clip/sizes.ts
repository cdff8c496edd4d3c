// How preparing a picture for the model grows with its pixels: processor time of decoding (sharp) and of resampling,
// in ms, medians. Everything in this process, JPEGs of 3:2.
// usage: node scripts/run.mjs bench/clip/sizes.ts [--times 9]
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { centreCrop, decode } from '../../src/clip/preprocess.ts';

const { values } = parseArgs({ options: { times: { type: 'string', default: '9' } } });
const MEGAPIXELS = [0.25, 1, 2.8, 4, 12];
/** The input of clip-mini. */
const SIZE = 224;

/** A smooth scene with grain. */
async function photo(megapixels: number): Promise<Buffer> {
  const width = Math.floor(Math.sqrt(megapixels * 1.5e6));
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 };
  const grain = sharp({ create: { width: 600, height: 400, channels: 3, background: '#888888', noise } });
  const small = await grain.png().toBuffer();
  return sharp(small)
    .resize(width, Math.floor(width / 1.5), { fit: 'fill' })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/** Milliseconds of all threads since the last call. */
function stopwatch(): () => number {
  let since = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(since);
    since = process.cpuUsage();
    return (user + system) / 1000;
  };
}

const median = (all: number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] as number;
const rows = [];
for (const megapixels of MEGAPIXELS) {
  const bytes = await photo(megapixels);
  const decoded: number[] = [];
  const resampled: number[] = [];
  for (let n = 0; n < Number(values.times); n++) {
    const clock = stopwatch();
    const picture = await decode(bytes, SIZE, { exif: 'orient', maxPixels: 50_000_000 });
    decoded.push(clock());
    centreCrop(picture, SIZE);
    resampled.push(clock());
  }
  const [decoding, resampling] = [median(decoded), median(resampled)].map((ms) => Number(ms.toFixed(1)));
  rows.push({ megapixels, decoding, resampling });
}
console.table(rows);
