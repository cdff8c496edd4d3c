// What a function's process costs until it takes requests, without its models: processor time, which other work on the
// machine changes little, wall-clock time, memory. usage: npm run build && node bench/start/ready.mjs [--runs 5]   →
// results/ready-<date>.json
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quantile } from '../load.mjs';
import { startFunction, treeCpu, treeMemory } from '../processes.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
const NAMES = ['rotate-fn', 'transform-fn', 'clip-fn', 'pipeline-fn', 'frontend-fn'];
const runs = Object.fromEntries(NAMES.map((name) => [name, { cpuMs: [], wallMs: [], rssMb: [] }]));

for (let run = 0; run < Number(values.runs); run++) {
  for (const name of NAMES) {
    const began = performance.now();
    const { pid, stop } = await startFunction(name);
    runs[name].wallMs.push(performance.now() - began);
    runs[name].cpuMs.push(treeCpu(pid));
    runs[name].rssMb.push(treeMemory(pid));
    stop();
  }
}

const middle = (figures) =>
  Object.fromEntries(Object.entries(figures).map(([what, all]) => [what, Math.round(quantile(all, 0.5))]));
const results = Object.fromEntries(NAMES.map((name) => [name, middle(runs[name])]));
for (const [name, { cpuMs, wallMs, rssMb }] of Object.entries(results)) {
  console.log(`${name.padEnd(13)} ${cpuMs} ms cpu  ${wallMs} ms  ${rssMb} MB`);
}
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg() };
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'results');
mkdirSync(folder, { recursive: true });
const file = path.join(folder, `ready-${new Date().toISOString().slice(0, 10)}.json`);
writeFileSync(file, `${JSON.stringify({ machine, results, runs }, undefined, 1)}\n`);
