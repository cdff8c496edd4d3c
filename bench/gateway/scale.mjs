// How many processes a function has while the load on it grows, falls and ends: callers that ask again at once, 150 ms
// of work each, 5 of them for one process.
// usage: npm run build && node bench/gateway/scale.mjs   → results/scale.json, docs/pictures/gateway-scaling.svg
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { machine, startGateway } from './gateway.mjs';
import { chart } from './scale-chart.mjs';

const WORK_MS = 150;
const TARGET = 5;
const MAX = 4;
const LOOK_MS = 500;

/** [seconds, callers] */
const PLAN = [
  [4, 0],
  [8, 2],
  [8, 8],
  [10, 20],
  [14, 6],
  [12, 2],
  [16, 0],
];

const gateway = await startGateway(
  { 'echo-fn': { labels: { 'com.openfaas.scale.zero': 'true', 'com.openfaas.scale.target': String(TARGET) } } },
  { args: ['--max-replicas', String(MAX), '--idle', '8s'], env: { GATEWAY_SCALE_IN_AFTER: '6s' } },
);
const agent = new http.Agent({ keepAlive: true });
const answers = {};
let callers = 0;

function get(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = http.get(`${gateway.url}${path}`, { agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve([response.statusCode, Buffer.concat(chunks).toString()]));
    });
    sent.on('error', reject);
  });
}

async function caller(number) {
  while (number < callers) {
    const [status] = await get(`/function/echo-fn/slow?ms=${WORK_MS}`);
    answers[status] = (answers[status] ?? 0) + 1;
  }
}

const samples = [];
const began = performance.now();
const look = async () => {
  const second = (performance.now() - began) / 1000;
  const [, text] = await get('/system/function/echo-fn', { authorization: gateway.authorization });
  samples.push({ second: Number(second.toFixed(1)), callers, processes: JSON.parse(text).availableReplicas ?? 0 });
};
const looking = setInterval(look, LOOK_MS);
const running = [];
for (const [seconds, wanted] of PLAN) {
  const before = callers;
  callers = wanted;
  for (let number = before; number < wanted; number++) running.push(caller(number));
  await pause(seconds * 1000);
}
clearInterval(looking);
await Promise.all(running);

const report = { date: new Date().toISOString(), machine: machine(), WORK_MS, TARGET, MAX, answers, samples };
writeFileSync(new URL('results/scale.json', import.meta.url), `${JSON.stringify(report)}\n`);
const pictures = new URL('../../docs/pictures/', import.meta.url);
mkdirSync(pictures, { recursive: true });
writeFileSync(new URL('gateway-scaling.svg', pictures), chart(samples, { most: MAX, target: TARGET }));
console.log(`answers: ${JSON.stringify(answers)}; most processes: ${Math.max(...samples.map((s) => s.processes))}`);
agent.destroy();
await gateway.stop();
