// Hostile and unlucky callers by the thousand against the gateway, while an honest one goes on calling a function.
// usage: npm run build && node bench/gateway/faults.mjs [--connections 10000] [PHASE …]   → results/faults.json
// The phases: see PHASES; results of those that are not named stay. The shell must allow as
// many open files (ulimit -n).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { memoryOf, quantile } from '../load.mjs';
import { machine, startGateway } from './gateway.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { connections: { type: 'string', default: '10000' } },
});
const MANY = Number(values.connections);
const AT_ONCE = 250;
const round = (value) => Number((value ?? 0).toFixed(1));

/** `GATEWAY_UPSTREAM_TIMEOUT` makes the longest time for a whole request 20 s here in place of 65 s. */
const gateway = await startGateway(
  { 'echo-fn': { environment: { exec_timeout: '10s', read_timeout: '5s' } } },
  { env: { GATEWAY_UPSTREAM_TIMEOUT: '15s' } },
);
const { port } = new URL(gateway.url);

/** Opens connections, each with what `begin` writes; counts the statuses that come back, and the time of each end. */
async function crowd(count, begin, drip) {
  const all = { statuses: {}, open: 0, most: 0, closed: [], sockets: [] };
  for (let number = 0; number < count; number += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - number) }, () => join(all, begin, drip)));
  }
  return all;
}

function join(all, begin, drip) {
  const socket = net.connect(Number(port), '127.0.0.1');
  all.sockets.push(socket);
  let started;
  let timer;
  socket.on('error', () => {});
  socket.once('data', (data) => {
    const status = String(data).slice(9, 12);
    all.statuses[status] = (all.statuses[status] ?? 0) + 1;
  });
  socket.once('close', () => {
    clearInterval(timer);
    if (started === undefined) return;
    all.open--;
    all.closed.push((performance.now() - started) / 1000);
  });
  return new Promise((resolve) => {
    socket.once('connect', () => {
      started = performance.now();
      all.most = Math.max(all.most, ++all.open);
      socket.write(begin);
      if (drip) timer = setInterval(() => socket.write(drip), 1000);
      resolve();
    });
    socket.once('error', resolve);
  });
}

/** Calls the function again and again until told to stop. */
function honestCaller() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times = [];
  let failed = 0;
  let going = true;
  const once = () =>
    new Promise((resolve) => {
      const begin = performance.now();
      const sent = http.request(`${gateway.url}/function/echo-fn/size`, { method: 'POST', agent }, (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) times.push(performance.now() - begin);
          else failed++;
          resolve();
        });
      });
      sent.on('error', () => resolve(failed++));
      sent.end('hello');
    });
  const loop = (async () => {
    while (going) {
      await once();
      await pause(20);
    }
  })();
  return async () => {
    going = false;
    await loop;
    agent.destroy();
    return { calls: times.length, failed, p50: round(quantile(times, 0.5)), p99: round(quantile(times, 0.99)) };
  };
}

async function untilClosed(all, seconds) {
  for (const end = performance.now() + seconds * 1000; all.open > 0 && performance.now() < end; ) await pause(100);
}

const ends = (times) => [0, 0.5, 1].map((share) => round(quantile(times, share)));

const request = (target, headers, body = '') =>
  [`POST ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', body].join('\r\n');
const endless = 'Content-Length: 1000000';

/** What the crowd does: how many, what each writes at first, and every second; how long they are watched. */
const PHASES = {
  'silent connections': [MANY, '', undefined, 15],
  'idle connections after one call': [MANY, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', undefined, 10],
  'slow headers': [1000, 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-', 'a', 20],
  'slow bodies to a function': [1000, request('/function/echo-fn/size', [endless], 'x'), 'x', 30],
  'slow bodies to the queue': [1000, request('/async-function/echo-fn', [endless], 'x'), 'x', 30],
  'slow bodies to the system API': [1000, request('/system/functions', [endless], 'x'), 'x', 30],
  'headers of 1 MB': [1000, request('/healthz', [`X: ${'x'.repeat(1_000_000)}`]), undefined, 20],
  '8,000 headers': [1000, request('/healthz', Array(8000).fill('a: b')), undefined, 20],
  'calls that are never answered': [1000, request('/function/echo-fn/hang', ['Content-Length: 0']), undefined, 30],
};

const results = [];
await fetch(`${gateway.url}/function/echo-fn`);
for (const [phase, [count, begin, drip, watched]] of Object.entries(PHASES)) {
  if (positionals.length > 0 && !positionals.includes(phase)) continue;
  const before = memoryOf(gateway.pid);
  const honest = honestCaller();
  const all = await crowd(count, begin, drip);
  await pause(1000);
  const memory = memoryOf(gateway.pid);
  await untilClosed(all, watched);
  const left = all.open;
  for (const socket of all.sockets) socket.destroy();
  const result = {
    phase,
    date: new Date().toISOString(),
    connections: count,
    'open at once': all.most,
    memory: round(memory - before),
    answers: all.statuses,
    'closed after, s (first, median, last)': all.closed.length > 0 ? ends(all.closed) : [],
    'not closed': left,
    honest: await honest(),
  };
  results.push(result);
  console.log(JSON.stringify(result));
  await pause(1000);
}
const file = new URL('results/faults.json', import.meta.url);
const others = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : [];
const all = Object.keys(PHASES).flatMap((name) => [...results, ...others].find(({ phase }) => phase === name) ?? []);
writeFileSync(file, `${JSON.stringify({ machine: machine(), results: all }, null, 1)}\n`);
await gateway.stop();
