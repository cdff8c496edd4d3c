// How long a call waits for a function that sleeps, and for one that does not: the embedded gateway, scaled to 0
// through its API as the idler does, or with GATEWAY_URL and GATEWAY_PASSWORD any other whose
// provider keeps functions at 0.
// usage: npm run build && node bench/start/wake.mjs [--runs 5] [--only 'pipeline of 4'] [--out FILE]   →
//   results/wake-<date>.json
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT, startGateway } from '../../scripts/system/start.mjs';
import { quantile } from '../load.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, only: { type: 'string' }, out: { type: 'string' } },
});
const photo = readFileSync(path.join(ROOT, 'functions/frontend-fn/page/samples/coffee.jpg'));
const state = mkdtempSync(path.join(tmpdir(), 'obscura-wake-'));

const CALLS = {
  'rotate-fn': 'rotate-fn?angle=90',
  'transform-fn': 'transform-fn?chain=resize:width=512;grayscale',
  'clip-fn': 'clip-fn?labels=cat,dog,cup',
  'pipeline-fn': 'pipeline-fn/openapi.json',
  'frontend-fn': 'frontend-fn/',
  'pipeline of 4': `pipeline-fn?steps=${encodeURIComponent('denoise;cutout:method=border;rotate:90;classify')}`,
};
/** What sleeps before a call, where that is more than the function it is named after. */
const ALSO = { 'pipeline of 4': ['pipeline-fn', 'denoise-fn', 'cutout-fn', 'rotate-fn', 'clip-fn'] };

async function start() {
  const { GATEWAY_URL, GATEWAY_PASSWORD } = process.env;
  if (GATEWAY_URL) return { url: GATEWAY_URL, password: GATEWAY_PASSWORD };
  const { url, stop } = await startGateway({ args: ['--idle', '0'], env: { GATEWAY_STATE: state, CACHE_BYTES: '0' } });
  return { url, stop, password: readFileSync(path.join(state, 'basic-auth-password'), 'utf8').trim() };
}

const { url, stop, password } = await start();
const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };

async function call(at) {
  const began = performance.now();
  const get = /json$|\/$/.test(at);
  const response = await fetch(`${url}/function/${at}`, get ? {} : { method: 'POST', body: photo });
  if (!response.ok) throw new Error(`${at} answered ${response.status}`);
  await response.arrayBuffer();
  return performance.now() - began;
}

async function sleepOf(name) {
  const body = JSON.stringify({ serviceName: name, replicas: 0 });
  const json = { ...headers, 'content-type': 'application/json' };
  const { ok, status } = await fetch(`${url}/system/scale-function/${name}`, { method: 'POST', headers: json, body });
  if (!ok) throw new Error(`${name} was not scaled: ${status}`);
  for (;;) {
    const { replicas = 0 } = await (await fetch(`${url}/system/function/${name}`, { headers })).json();
    if (replicas === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // OpenFaaS's gateway believes for a moment what it has last seen of a function.
  await new Promise((resolve) => setTimeout(resolve, 500));
}

const results = {};
for (const [name, at] of Object.entries(CALLS)) {
  if (values.only !== undefined && values.only !== name) continue;
  await call(at);
  const asleep = [];
  const awake = [];
  for (let run = 0; run < Number(values.runs); run++) {
    await Promise.all((ALSO[name] ?? [name]).map(sleepOf));
    asleep.push(await call(at));
    awake.push(await call(at));
  }
  results[name] = { asleep: quantile(asleep, 0.5), asleepMost: Math.max(...asleep), awake: quantile(awake, 0.5) };
  const { asleep: p50, asleepMost, awake: warm } = results[name];
  console.log(
    `${name.padEnd(13)} asleep ${p50.toFixed(0)} ms (at most ${asleepMost.toFixed(0)})  awake ${warm.toFixed(0)} ms`,
  );
}
await stop?.();
rmSync(state, { recursive: true });
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg() };
mkdirSync(path.join(here, 'results'), { recursive: true });
const file = values.out ?? path.join(here, 'results', `wake-${new Date().toISOString().slice(0, 10)}.json`);
writeFileSync(file, `${JSON.stringify({ machine, runs: Number(values.runs), results }, undefined, 2)}\n`);
