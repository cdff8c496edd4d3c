// How long a newcomer waits: `npm start`, its bundling included, to the first classified photo; then warm answers. Then
// `npm start` once more, which finds its bundles there.
// usage: node bench/start/run.mjs [--runs 3]   → results/<date>.json
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gatewayIn, ROOT, startProgram } from '../../scripts/system/start.mjs';
import { quantile } from '../load.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const photo = readFileSync(path.join(ROOT, 'functions/frontend-fn/page/samples/coffee.jpg'));

async function classify(url) {
  const began = performance.now();
  const response = await fetch(`${url}/function/clip-fn?labels=cat,dog,cup`, { method: 'POST', body: photo });
  if (!response.ok) throw new Error(`clip-fn answered ${response.status}`);
  await response.arrayBuffer();
  return performance.now() - began;
}

async function start() {
  const began = performance.now();
  const args = ['start', '--', '--port', '0', '--metrics-port', '0'];
  const { found: url, child } = await startProgram('npm', args, gatewayIn, { cwd: ROOT, detached: true });
  return { url, began, serving: performance.now() - began, child };
}

const runs = [];
for (let run = 0; run < Number(values.runs); run++) {
  rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
  const { url, began, serving, child } = await start();
  await classify(url);
  const firstPhoto = performance.now() - began;
  const warm = [];
  for (let times = 0; times < 40; times++) warm.push(await classify(url));
  process.kill(-child.pid, 'SIGINT');
  await once(child, 'exit');
  const again = await start();
  process.kill(-again.child.pid, 'SIGINT');
  await once(again.child, 'exit');
  runs.push({
    serving,
    firstPhoto,
    servingAgain: again.serving,
    warmP50: quantile(warm, 0.5),
    warmP95: quantile(warm, 0.95),
  });
  console.log(
    Object.entries(runs.at(-1))
      .map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
      .join('  '),
  );
}
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  node: process.version,
  load: loadavg(),
  bytes: photo.length,
};
mkdirSync(path.join(here, 'results'), { recursive: true });
const file = path.join(here, 'results', `${new Date().toISOString().slice(0, 10)}.json`);
writeFileSync(file, `${JSON.stringify({ machine, runs }, undefined, 1)}\n`);
