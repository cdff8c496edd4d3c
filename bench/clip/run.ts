import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bare } from './bare.ts';
import { ask, type Figures, load, percentiles, round } from './load.ts';
import { type Started, startFunction, startGateway, usageOf } from './processes.ts';

/*
 * Measures clip-fn: against the bare session, over concurrency, with 10 and 1,000 labels, direct and through the
 * embedded gateway.
 * usage: node scripts/build.mjs && node scripts/run.mjs bench/clip/run.ts --models FOLDER --model ID --picture FILE
 *        [--seconds 6] [--out FILE.json]
 */
const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'models' },
    model: { type: 'string', default: 'clip-mini' },
    picture: { type: 'string' },
    seconds: { type: 'string', default: '6' },
    out: { type: 'string' },
  },
});
if (values.picture === undefined) throw new Error('--picture FILE is needed');
const seconds = Number(values.seconds);
const picture = readFileSync(values.picture);
const models = path.resolve(values.models);
const env = { CLIP_MODELS: models, CLIP_MODEL: values.model, CLIP_LABELSET: 'cifar10' };
const TEN = '/?labelset=cifar10';
const THOUSAND = '/?labelset=imagenet1k';
const CONCURRENCIES = [1, 2, 4, 8, 32];

/** Load on a running function, and what it costs it; a route without work is asked meanwhile, to see the loop's lag. */
async function under(fn: Started, query: string, concurrency: number) {
  const before = usageOf(fn.pid);
  const waits: number[] = [];
  const probe = setInterval(async () => {
    const start = performance.now();
    if ((await ask(`${fn.url}/labelsets`)) === 200) waits.push(performance.now() - start);
  }, 100);
  const figures = await load({ url: fn.url + query, body: picture, concurrency, seconds });
  clearInterval(probe);
  const after = usageOf(fn.pid);
  const cpuMsPerPicture = round((after.cpuMs - before.cpuMs) / figures.answers);
  return { ...figures, cpuMsPerPicture, rssMb: after.rssMb, peakMb: after.peakMb, otherRoute: percentiles(waits) };
}

/** 10 and 1,000 labels in turn, so that a busy machine hits both alike; the median of each. */
async function labelCounts(fn: Started) {
  const rounds: { ten: Figures; thousand: Figures }[] = [];
  for (let i = 0; i < 5; i += 1) {
    const one = (query: string) => load({ url: fn.url + query, body: picture, concurrency: 1, seconds: seconds / 2 });
    rounds.push({ ten: await one(TEN), thousand: await one(THOUSAND) });
  }
  const median = (pick: (one: (typeof rounds)[number]) => number) => rounds.map(pick).sort((a, b) => a - b)[2] ?? 0;
  const ten = median((one) => one.ten.p50);
  const thousand = median((one) => one.thousand.p50);
  return { ten, thousand, ratio: round(thousand / ten), rounds };
}

async function warmed(fn: Started): Promise<Started> {
  for (const query of [TEN, THOUSAND]) {
    for (let tries = 0; tries < 6 && (await ask(fn.url + query, picture)) !== 200; tries += 1);
    for (let i = 0; i < 10; i += 1) await ask(fn.url + query, picture);
  }
  return fn;
}

/** What else the machine had to do when the measurement began. */
const loads = { loadAverageBefore: loadavg().map(round) };
const alone = () => bare(path.join(models, values.model), picture, availableParallelism(), seconds);
// Before and after, for the machine may not be the same all the time.
const before = await alone();
const fn = await warmed(await startFunction(env));
const direct = [];
for (const concurrency of CONCURRENCIES) direct.push(await under(fn, TEN, concurrency));
const labels = await labelCounts(fn);
await fn.stop();

const gateway = await warmed(await startGateway(env));
const throughGateway = [];
for (const concurrency of CONCURRENCIES) {
  throughGateway.push(await load({ url: gateway.url + TEN, body: picture, concurrency, seconds }));
}
await gateway.stop();

const after = await alone();
const first = direct[0]?.p50 ?? 0;
const result = {
  measured: new Date().toISOString(),
  machine: { processors: availableParallelism(), model: cpus()[0]?.model, node: process.version, ...loads },
  model: values.model,
  picture: { bytes: picture.length },
  seconds,
  bareSession: { before, after },
  p50OverBare: round(first / ((before.p50 + after.p50) / 2)),
  direct,
  labels,
  throughGateway,
};
const text = `${JSON.stringify(result, null, 2)}\n`;
if (values.out) writeFileSync(values.out, text);
console.log(text);
process.exit(0);
