// The contact sheet of the model card: pictures that may be shown with what is cut out of them, and of others the matte
// alone, through the product's own code.
// usage: node scripts/build.mjs && node scripts/run.mjs training/cutout-mini/sheet.ts
//          [--samples DIR] [--models DIR] [--all] [--side 240] [--out FILE]
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp, { type OverlayOptions } from 'sharp';
import { operations, transformOne, useWorker } from '#imaging';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    samples: { type: 'string' },
    models: { type: 'string', default: path.join(root, 'models') },
    all: { type: 'boolean', default: false },
    side: { type: 'string', default: '240' },
    out: { type: 'string', default: path.join(root, 'models/cutout-mini/contact-sheet.png') },
  },
});
const SIDE = Number(values.side);
const COLUMNS = 7;
const SHOWN = path.join(root, 'functions/frontend-fn/page/samples');
/** Of the sample photos, which may not be shown themselves. */
const MATTES = ['golden-retriever', 'tabby', 'zebra', 'banana', 'large-teapot', 'large-shiny-sneaker', 'mountain-bike'];

useWorker(new URL('../cutout-fn/worker.js', import.meta.url));
const models = { folder: values.models, id: 'cutout-mini' };

const cut = async (bytes: Buffer, given: Record<string, unknown>) => {
  const options = { ...operations.cutout.options.parse(given), format: 'png' as const };
  return (await transformOne(bytes, 'cutout', options, { models })).bytes;
};
const background = '#777777';
const tile = (bytes: Buffer) =>
  sharp(bytes).resize(SIDE, SIDE, { fit: 'contain', background }).flatten({ background }).png().toBuffer();

const photos = readdirSync(SHOWN).filter((name) => name.endsWith('.jpg')).map((name) => path.join(SHOWN, name));
const others = values.samples ? readdirSync(values.samples).filter((name) => name.endsWith('.jpg')) : [];
const tiles: Buffer[] = [];
for (const file of photos) {
  const bytes = readFileSync(file);
  tiles.push(await tile(bytes), await tile(await cut(bytes, { background: '#2e7d32' })));
}
for (const name of others.filter((name) => values.all || MATTES.includes(path.parse(name).name))) {
  const bytes = readFileSync(path.join(values.samples ?? '', name));
  if (values.all) tiles.push(await tile(bytes), await tile(await cut(bytes, { background: '#2e7d32' })));
  else tiles.push(await tile(await cut(bytes, { mask: true })));
}
const layers: OverlayOptions[] = tiles.map((input, at) => ({
  input,
  left: (at % COLUMNS) * (SIDE + 8),
  top: Math.floor(at / COLUMNS) * (SIDE + 8),
}));
const rows = Math.ceil(tiles.length / COLUMNS);
await sharp({ create: { width: COLUMNS * (SIDE + 8), height: rows * (SIDE + 8), channels: 3, background: '#ffffff' } })
  .composite(layers)
  .png({ palette: !values.all })
  .toFile(values.out);
console.log(values.out);
