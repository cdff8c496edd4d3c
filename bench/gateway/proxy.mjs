// What a call costs on its way through the gateway: the same requests to the same function, directly and through it,
// in turn, in many short rounds. Latencies are the median's of the round that other work on the machine disturbed
// least; the raw results hold every round. `cpu` is that of the gateway's process alone, over all rounds.
// usage: npm run build && node bench/gateway/proxy.mjs [--seconds 0.4] [--rounds 20]   → results/proxy.json
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cpuOf, load, memoryOf } from '../load.mjs';
import { FUNCTIONS, machine, startGateway } from './gateway.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '0.4' }, rounds: { type: 'string', default: '20' } },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

const small = Buffer.alloc(100, 'x');
const large = Buffer.alloc(400_000, 'x');
const CASES = [
  { name: 'small, one at a time', path: '/size', body: small, inFlight: 1 },
  { name: 'small, 8 at once', path: '/size', body: small, inFlight: 8 },
  { name: '400 kB in, one at a time', path: '/size', body: large, inFlight: 1 },
  { name: '400 kB in, 8 at once', path: '/size', body: large, inFlight: 8 },
  { name: '400 kB in and out, one at a time', path: '/echo', body: large, inFlight: 1 },
  { name: '400 kB in and out, 8 at once', path: '/echo', body: large, inFlight: 8 },
];

const round = (value) => Number(value.toFixed(3));
const sum = (list) => list.reduce((total, value) => total + value, 0);

/** The same function without a gateway before it. */
const alone = spawn(process.execPath, [path.join(FUNCTIONS, 'echo-fn/index.js')], {
  env: { ...process.env, http_port: '0', http_host: '127.0.0.1' },
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
const [{ port }] = await once(alone, 'message');
const gateway = await startGateway({ 'echo-fn': {} }, { args: ['--max-replicas', '1'] });
const ways = { direct: `http://127.0.0.1:${port}`, gateway: `${gateway.url}/function/echo-fn` };

async function measure(way, { path: where, body, inFlight }, time) {
  const before = cpuOf(gateway.pid);
  const { rps, p50, p95, count, errors } = await load(`${ways[way]}${where}`, {
    body: () => body,
    inFlight,
    seconds: time,
  });
  if (errors > 0) throw new Error(`${errors} calls failed`);
  return { way, count, rps: round(rps), p50: round(p50), p95: round(p95), cpu: cpuOf(gateway.pid) - before };
}

const results = [];
for (const one of CASES) {
  const runs = [];
  for (const way of ['direct', 'gateway']) await measure(way, one, 1);
  for (let number = 0; number < rounds; number++) {
    for (const way of ['direct', 'gateway']) runs.push(await measure(way, one, seconds));
  }
  const of = (way, key) => runs.filter((run) => run.way === way).map((run) => run[key]);
  const least = (way) => Math.min(...of(way, 'p50'));
  results.push({
    case: one.name,
    direct: least('direct'),
    gateway: least('gateway'),
    added: round(least('gateway') - least('direct')),
    cpu: round(sum(of('gateway', 'cpu')) / sum(of('gateway', 'count'))),
    rps: Math.max(...of('gateway', 'rps')),
    runs,
  });
}
console.table(results, ['case', 'direct', 'gateway', 'added', 'cpu', 'rps']);
const memory = round(memoryOf(gateway.pid));
console.log(`p50 in ms, cpu in ms a call; the gateway's memory afterwards: ${memory} MB`);
const report = { date: new Date().toISOString(), machine: machine(), seconds, rounds, memory, results };
writeFileSync(new URL('results/proxy.json', import.meta.url), `${JSON.stringify(report, null, 1)}\n`);
await gateway.stop();
alone.kill();
