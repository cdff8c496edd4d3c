import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/system/start.mjs';
import imagenet from '../../src/clip/labelsets/imagenet1k.json' with { type: 'json' };
import { median, round } from './load.ts';
import { startFunction, usageOf } from './processes.ts';

/*
 * How long labels take that nobody has asked for before: 10, 100 and 1,000 words of ImageNet in one request, each time
 * with another prompt, so that none is remembered.
 * usage: node scripts/build.mjs &&
 *   node scripts/run.mjs bench/clip/labels.ts [--models FOLDER] [--model ID] [--rounds 3]
 *   → results/labels-<model>.json
 */
const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'models' },
    model: { type: 'string', default: 'clip-mini' },
    rounds: { type: 'string', default: '3' },
  },
});
const picture = readFileSync(path.join(ROOT, 'functions/frontend-fn/page/samples/coffee.jpg')).toString('base64');
const fn = await startFunction({ CLIP_MODELS: path.resolve(values.models), CLIP_MODEL: values.model });
let prompts = 0;

/** @returns milliseconds until the answer, and of the processors meanwhile */
async function ask(count: number): Promise<{ ms: number; cpuMs: number }> {
  prompts += 1;
  const body = JSON.stringify({
    image: picture,
    labels: imagenet.labels.slice(0, count),
    prompt: `photo ${prompts} of a {}`,
  });
  const [began, before] = [performance.now(), usageOf(fn.pid).cpuMs];
  const response = await fetch(fn.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (response.status !== 200) throw new Error(`${count} labels: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return { ms: performance.now() - began, cpuMs: usageOf(fn.pid).cpuMs - before };
}

await ask(10);
const rows: object[] = [];
for (const count of [10, 100, 300, 1_000]) {
  const all: { ms: number; cpuMs: number }[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) all.push(await ask(count));
  const middle = (pick: (one: { ms: number; cpuMs: number }) => number) => round(median(all.map(pick)));
  rows.push({ labels: count, ms: middle(({ ms }) => ms), cpuMs: middle(({ cpuMs }) => cpuMs) });
}
console.table(rows);
await fn.stop();
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg().map(round) };
const file = path.join(ROOT, `bench/clip/results/labels-${values.model}.json`);
const measured = new Date().toISOString();
writeFileSync(file, `${JSON.stringify({ measured, machine, model: values.model, rows }, null, 1)}\n`);
