// One chain on one picture, as transform-fn does it, with all the time it takes: started by run.mjs in a control group.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { overlaysOf, parseChain, transform, useWorker, withOverlays } from '#imaging';

const [chain = '', file = '', models = ''] = process.argv.slice(2);
process.env.ORT_DISABLE_TELEMETRY = '1';
useWorker(new URL('../transform-fn/worker.js', import.meta.url));
const background = '#ffffff88';
const mark = await sharp({ create: { width: 300, height: 100, channels: 4, background } })
  .png()
  .toBuffer();
const steps = parseChain(chain);
const marked = withOverlays(
  steps,
  overlaysOf(steps).map(() => ({ bytes: mark })),
);
const started = performance.now();
const { bytes } = await transform(readFileSync(file), marked, {}, { deadline: 3_600_000, models: { folder: models } });
console.log(JSON.stringify({ ms: Math.round(performance.now() - started), bytes: bytes.length }));
useWorker(undefined);
