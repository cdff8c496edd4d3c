// What a call costs on its way through the gateway: the same requests to the same function, directly, through the
// gateway and through http-proxy, in turn, in many short rounds. Latencies are the median's of the round that other
// work on the machine disturbed least; the raw results hold every round. `cpu` is that of the proxy's process alone,
// the median of all rounds.
// usage: npm run build && node bench/gateway/proxy.mjs [--seconds 0.4] [--rounds 20] [--only WORD]
// → results/proxy.json, unless only cases with that word in their name are run
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuOf, load, memoryOf, quantile } from '../load.mjs';
import { FUNCTIONS, machine, startGateway } from './gateway.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '0.4' },
    rounds: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
  },
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

/** The same function without a gateway before it, with the heap that the gateway gives its functions. */
const alone = fork(path.join(FUNCTIONS, 'echo-fn/index.js'), {
  env: { ...process.env, http_port: '0', http_host: '127.0.0.1' },
  execArgv: ['--max-semi-space-size=2', '--initial-old-space-size=32'],
});
const [{ port }] = await once(alone, 'message');
const direct = `http://127.0.0.1:${port}`;
const peer = fork(fileURLToPath(new URL('http-proxy.mjs', import.meta.url)), [direct]);
const [{ port: peerPort }] = await once(peer, 'message');
const gateway = await startGateway({ 'echo-fn': {} }, { args: ['--max-replicas', '1'] });
const WAYS = {
  direct: { url: direct, pid: alone.pid },
  gateway: { url: `${gateway.url}/function/echo-fn`, pid: gateway.pid },
  'http-proxy': { url: `http://127.0.0.1:${peerPort}`, pid: peer.pid },
};

async function measure(way, { path: where, body, inFlight }, time) {
  const { url, pid } = WAYS[way];
  const before = cpuOf(pid);
  const { rps, p50, p95, count, errors } = await load(`${url}${where}`, { body: () => body, inFlight, seconds: time });
  if (errors > 0) throw new Error(`${errors} calls failed`);
  const cpu = (cpuOf(pid) - before) / count;
  return { way, count, rps: round(rps), p50: round(p50), p95: round(p95), cpu: round(cpu) };
}

const results = [];
for (const one of CASES.filter(({ name }) => name.includes(values.only))) {
  const runs = [];
  for (const way of Object.keys(WAYS)) await measure(way, one, 1);
  for (let number = 0; number < rounds; number++) {
    for (const way of Object.keys(WAYS)) runs.push(await measure(way, one, seconds));
  }
  const of = (way, key) => runs.filter((run) => run.way === way).map((run) => run[key]);
  const least = (way) => Math.min(...of(way, 'p50'));
  const cpu = (way) => quantile(of(way, 'cpu'), 0.5);
  results.push({
    case: one.name,
    added: round(least('gateway') - least('direct')),
    cpu: cpu('gateway'),
    rps: Math.max(...of('gateway', 'rps')),
    'http-proxy added': round(least('http-proxy') - least('direct')),
    'http-proxy cpu': cpu('http-proxy'),
    'http-proxy rps': Math.max(...of('http-proxy', 'rps')),
    'cpu ratio': round(cpu('gateway') / cpu('http-proxy')),
    runs,
  });
}
console.table(results.map(({ runs: _, ...row }) => row));
const memory = round(memoryOf(gateway.pid));
console.log(`added to p50 in ms, cpu in ms a call; the gateway's memory afterwards: ${memory} MB`);
const report = { date: new Date().toISOString(), machine: machine(), seconds, rounds, memory, results };
if (values.only === '')
  writeFileSync(new URL('results/proxy.json', import.meta.url), `${JSON.stringify(report, null, 1)}\n`);
await gateway.stop();
peer.kill();
alone.kill();
