import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import cifar10 from '../../src/clip/labelsets/cifar10.json' with { type: 'json' };
import { openBare } from './bare.ts';
import { compare } from './compare.ts';
import { ask, load, round } from './load.ts';
import { startFunction, startGateway } from './processes.ts';
import { compareSettings } from './settings.ts';
import { CONCURRENCIES, type Row, under } from './sweep.ts';
import { type Result, tables } from './tables.ts';
import { openTransformers } from './transformers.ts';

/*
 * Measures clip-fn: against the bare session, with 10 and 1,000 labels, against transformers.js; over concurrency,
 * directly and through the embedded gateway; its memory; its settings; and whether pictures should be run together.
 * usage: node scripts/build.mjs && node scripts/run.mjs bench/clip/run.ts --models FOLDER --model ID --picture FILE
 * [--parts inTurn,throughput,direct,memory,settings,throughGateway,together] [--seconds 3]
 * [--rounds 5] [--transformers]
 *        [--out FILE.json]
 */
const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'models' },
    model: { type: 'string', default: 'clip-mini' },
    picture: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    parts: { type: 'string', default: 'inTurn,throughput,direct,memory,settings,throughGateway,together' },
    transformers: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
if (values.picture === undefined) throw new Error('--picture FILE is needed');
const seconds = Number(values.seconds);
const pictureFile = values.picture;
const picture = readFileSync(pictureFile);
const models = path.resolve(values.models);
const folder = path.join(models, values.model);
const threads = availableParallelism();
const env = { CLIP_MODELS: models, CLIP_MODEL: values.model, CLIP_LABELSET: 'cifar10' };
const TEN = '/?labelset=cifar10';
const THOUSAND = '/?labelset=imagenet1k';

/** The first answer may take as long as the labels do; then a few more, so that everything is compiled and cached. */
async function warmed<T extends { url: string }>(fn: T): Promise<T> {
  for (const query of [TEN, THOUSAND]) {
    let status = 0;
    for (let tries = 0; tries < 20 && status !== 200; tries += 1) status = await ask(fn.url + query, picture);
    if (status !== 200) throw new Error(`${fn.url}${query} answers with status ${status}`);
    for (let i = 0; i < 10; i += 1) await ask(fn.url + query, picture);
  }
  return fn;
}

/** Memory in MB right after new labels, when both halves of the model are open, and half a minute later. */
async function withNewLabels(fn: { url: string; pid: number }) {
  await ask(`${fn.url}/?labels=${Array.from({ length: 40 }, (_, i) => `thing ${i}`)}`, picture);
  const open = await under(fn, TEN, picture, 8, seconds);
  await new Promise((resolve) => setTimeout(resolve, 25_000));
  const closed = await under(fn, TEN, picture, 8, seconds);
  return { open: open.rssMb, peak: open.peakMb, closed: closed.rssMb };
}

/** What has been measured so far; written after each part, so that a run that is cut short is not lost. */
const result: Result = {
  measured: new Date().toISOString(),
  machine: {
    ...{ processors: threads, model: cpus()[0]?.model, node: process.version, loadAverage: loadavg().map(round) },
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  },
  ...{ model: values.model, picture: { bytes: picture.length }, seconds },
};

async function part<Name extends keyof Result>(name: Name, measure: () => Promise<Result[Name]>): Promise<void> {
  if (!values.parts.split(',').includes(name)) return;
  console.error(`${name} …`);
  result[name] = await measure();
  if (values.out) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
}

async function sweep(target: { url: string; pid: number }): Promise<Row[]> {
  const rows: Row[] = [];
  for (const concurrency of CONCURRENCIES) rows.push(await under(target, TEN, picture, concurrency, seconds));
  return rows;
}

/** Requests under way at once where throughput is compared. */
const MANY = 8;

const bare = await openBare(folder, picture, threads);
const fn = await warmed(await startFunction(env));
const peer = values.transformers ? await openTransformers(folder, pictureFile, cifar10.labels, threads) : undefined;
const rounds = Number(values.rounds);
const loaded = (query: string, concurrency: number) => (time: number) =>
  load({ url: fn.url + query, body: picture, concurrency, seconds: time });
await part('inTurn', () => {
  const transformers = peer && { transformers: (time: number) => peer.run(time) };
  const candidates = { clipFn: loaded(TEN, 1), bare: bare.run, thousand: loaded(THOUSAND, 1), ...transformers };
  return compare(candidates, { rounds, seconds });
});
await part('throughput', () => {
  const transformers = peer && { transformers: (time: number) => peer.run(time, MANY) };
  return compare({ clipFn: loaded(TEN, MANY), bare: bare.run, ...transformers }, { rounds, seconds });
});
await peer?.stop();
await part('direct', () => sweep(fn));
await part('memory', () => withNewLabels(fn));
await fn.stop();
await part('settings', () =>
  compareSettings(env, warmed, { query: TEN, picture, processors: threads, rounds, seconds }),
);
await part('throughGateway', async () => {
  const gateway = await warmed(await startGateway(env));
  const rows = await sweep(gateway);
  await gateway.stop();
  return rows;
});
await part('together', bare.batches);
console.log(tables(result));
process.exit(0);
