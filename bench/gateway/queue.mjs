// How many calls a second the queue accepts, each of 100 bytes and on the disk before its 202, at 1, 8 and 32
// connections; beside it BullMQ, whose Redis syncs every write too. BullMQ is called in this process, ours over HTTP.
// In turn, round by round; medians.
// usage: npm run build && node bench/gateway/queue.mjs [--seconds 2] [--rounds 3] [--bullmq FOLDER]
//   → results/queue.json
//   FOLDER has bullmq installed (npm install bullmq); redis-server must be on the path.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cpuOf, quantile } from '../load.mjs';
import { freePort } from '../processes.mjs';
import { machine, startGateway } from './gateway.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    bullmq: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const body = Buffer.alloc(100, 'x');

/** Our queue: one delivery that never ends keeps the others waiting. */
async function ours() {
  const gateway = await startGateway(
    { 'echo-fn': { environment: { exec_timeout: '10m' } } },
    { env: { GATEWAY_QUEUE_CONCURRENCY: '1', GATEWAY_QUEUE_JOBS: '1000000', GATEWAY_UPSTREAM_TIMEOUT: '10m' } },
  );
  const agent = new http.Agent({ keepAlive: true });
  const add = () =>
    new Promise((resolve, reject) => {
      const url = `${gateway.url}/async-function/echo-fn/hang`;
      const request = http.request(url, { method: 'POST', agent, headers: { 'content-length': body.length } });
      request.on('response', (response) => {
        response.resume();
        response.on('end', () => (response.statusCode === 202 ? resolve() : reject(new Error(response.statusCode))));
      });
      request.on('error', reject);
      request.end(body);
    });
  return { add, pid: gateway.pid, stop: () => gateway.stop() };
}

async function bullmq(folder) {
  const { Queue } = createRequire(path.join(folder, 'x.js'))('bullmq');
  const data = mkdtempSync(path.join(tmpdir(), 'bench-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--dir', data, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const redis = spawn('redis-server', [...args, '--bind', '127.0.0.1'], { stdio: 'ignore' });
  const queue = new Queue('bench', { connection: { host: '127.0.0.1', port } });
  await queue.waitUntilReady();
  const stop = async () => {
    await queue.close();
    redis.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  };
  return { add: () => queue.add('job', { body: body.toString() }), pid: redis.pid, stop };
}

async function measure({ add, pid }, connections) {
  const ends = performance.now() + seconds * 1000;
  const [began, before, own] = [performance.now(), cpuOf(pid), process.cpuUsage()];
  let count = 0;
  const one = async () => {
    while (performance.now() < ends) {
      await add();
      count++;
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const { user, system } = process.cpuUsage(own);
  const cpuMs = (cpuOf(pid) - before) / count;
  return { perSecond: (count * 1000) / (performance.now() - began), cpuMs, callerMs: (user + system) / 1000 / count };
}

const round = (value) => Number(value.toFixed(3));
const all = { ours: await ours(), ...(values.bullmq && { bullmq: await bullmq(values.bullmq) }) };
const rows = [];
for (const connections of [1, 8, 32]) {
  const runs = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  for (const one of Object.values(all)) await measure(one, connections);
  for (let number = 0; number < Number(values.rounds); number++) {
    for (const [name, one] of Object.entries(all)) runs[name].push(await measure(one, connections));
  }
  for (const [name, list] of Object.entries(runs)) {
    const middle = (key) =>
      round(
        quantile(
          list.map((run) => run[key]),
          0.5,
        ),
      );
    rows.push({
      connections,
      name,
      perSecond: middle('perSecond'),
      cpuMs: middle('cpuMs'),
      callerMs: middle('callerMs'),
    });
  }
}
console.table(rows);
const report = { date: new Date().toISOString(), machine: machine(), seconds, rounds: Number(values.rounds), rows };
writeFileSync(new URL('results/queue.json', import.meta.url), `${JSON.stringify(report, null, 1)}\n`);
for (const { stop } of Object.values(all)) await stop();
process.exit();
