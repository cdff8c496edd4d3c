// How far models that cut out agree with a teacher, on a folder of photos of any size, each through the product's own
// preprocessing and refinement in the same run.
// usage: node scripts/build.mjs && node scripts/run.mjs training/cutout-mini/compare.ts --photos DIR [--models DIR]
//        [--teacher u2netp] [--ids cutout-mini,…] [--worst 10] [--out FILE]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { operations, transformOne, useWorker } from '#imaging';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    photos: { type: 'string' },
    models: { type: 'string', default: path.join(root, 'models') },
    teacher: { type: 'string', default: 'u2netp' },
    ids: { type: 'string', default: 'cutout-mini' },
    worst: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
const folder = values.photos;
if (!folder) throw new Error('--photos DIR: which photos?');
/** Share of a picture below which a mask shows nothing. */
const NOTHING = 0.01;

useWorker(new URL('../cutout-fn/worker.js', import.meta.url));
const options = operations.cutout.options.parse({ mask: true });
const photos = readdirSync(folder).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();

/** Masks as the product gives them, one byte a pixel. */
async function masksOf(id: string): Promise<Buffer[]> {
  const masks: Buffer[] = [];
  for (const name of photos) {
    const photo = readFileSync(path.join(folder as string, name));
    const models = { folder: values.models, id };
    const { bytes } = await transformOne(photo, 'cutout', { ...options, format: 'png' }, { models });
    masks.push(await sharp(bytes).greyscale().raw().toBuffer());
  }
  return masks;
}

/** Overlap at one half, mean error, and how much of the picture either takes. */
function compare(mask: Buffer, truth: Buffer) {
  let [both, either, own, taught, error] = [0, 0, 0, 0, 0];
  for (let at = 0; at < mask.length; at++) {
    const [m, t] = [mask[at] as number, truth[at] as number];
    const [a, b] = [m > 127 ? 1 : 0, t > 127 ? 1 : 0];
    both += a & b;
    either += a | b;
    own += a;
    taught += b;
    error += Math.abs(m - t) / 255;
  }
  const pixels = mask.length;
  return { iou: both / Math.max(either, 1), mae: error / pixels, own: own / pixels, taught: taught / pixels };
}

const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
const truth = await masksOf(values.teacher);
const report: Record<string, object> = {};
for (const id of values.ids.split(',')) {
  const masks = await masksOf(id);
  const rows = photos.map((name, at) => ({ name, ...compare(masks[at] as Buffer, truth[at] as Buffer) }));
  const seen = rows.filter(({ taught }) => taught >= NOTHING).sort((a, b) => a.iou - b.iou);
  const empty = rows.filter(({ taught }) => taught < NOTHING);
  const ious = seen.map(({ iou }) => iou);
  const share = (bar: number) => ious.filter((iou) => iou >= bar).length / ious.length;
  const middle = (ious.length - 1) / 2;
  const figures = {
    photos: seen.length,
    iou: mean(ious),
    median: mean([ious[Math.floor(middle)] as number, ious[Math.ceil(middle)] as number]),
    'share from 0.85': share(0.85),
    'share from 0.95': share(0.95),
    mae: mean(rows.map(({ mae }) => mae)),
    'teacher sees nothing': empty.length,
    'neither does the model': empty.filter(({ own }) => own < NOTHING).length,
  };
  report[id] = figures;
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value);
  console.log(id, JSON.stringify(figures, round));
  for (const { name, iou } of seen.slice(0, Number(values.worst))) console.log(`  ${iou.toFixed(2)} ${name}`);
}
if (values.out) writeFileSync(values.out, `${JSON.stringify(report, null, 1)}\n`);
process.exit(0);
