// One chain on one picture, as transform-fn does it, or `prepare`, as clip-fn reads a picture, with all the time it
// takes: started by run.mjs in a control group.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { overlaysOf, parseChain, transform, useWorker, withOverlays } from '#imaging';
import { Preparers } from '../../src/clip/preprocess-worker.ts';

const [chain = '', file = '', models = ''] = process.argv.slice(2);
process.env.ORT_DISABLE_TELEMETRY = '1';
const picture = readFileSync(file);
const started = performance.now();
const bytes = chain === 'prepare' ? await prepared() : await transformed();
const ms = Math.round(performance.now() - started);
console.log(JSON.stringify({ ms, bytes: bytes.length, sent: picture.length, spare: spare() }));
useWorker(undefined);

async function transformed(): Promise<Uint8Array> {
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
  return (await transform(picture, marked, {}, { deadline: 3_600_000, models: { folder: models } })).bytes;
}

async function prepared(): Promise<Uint8Array> {
  useWorker(new URL('../clip-fn/worker.js', import.meta.url));
  const job = { size: 256, rules: { exif: 'orient', maxPixels: 50_000_000 } } as const;
  return (await new Preparers().run(picture, job, new AbortController().signal)).data;
}

/** MiB of the child processes that wait for further work: on a slow machine they start sooner. */
function spare(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const held = children.slice(1).map((pid) => {
    const [, kibibytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) / 1_024;
  });
  return Math.round(held.reduce((sum, one) => sum + one, 0));
}
