// What callers of the gRPC edge notice of a rolling restart and of pods that an autoscaler adds: edges as processes,
// each at an address of its own, a name server in place of a headless service, and one client as docs/grpc.md tells.
// usage: npm run build && node bench/edge/rollout.mjs [--pods 5] [--added 3] [--rate 5] [--age 20] [--prestop 35]
// [--resolve 10] → results/rollout-<date>.json; rate is calls a second, the others but for the
// numbers of pods are seconds.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT, startProgram } from '../../scripts/system/start.mjs';

// grpc-js asks the name server that an address names only so.
process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER = 'true';
const { credentials, loadPackageDefinition } = await import('@grpc/grpc-js');
const { loadSync } = await import('@grpc/proto-loader');

const here = path.dirname(fileURLToPath(import.meta.url));
const defaults = { pods: '5', added: '3', rate: '5', age: '20', prestop: '35', resolve: '10' };
const { values } = parseArgs({
  options: Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }]),
  ),
});
const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const PORT = 50_551;
/** A Service forgets a pod's address as it begins to end; kubelet and DNS take about this long to say so. */
const DNS_SECONDS = 1;

/** Answers every call with the picture that came: the edge alone is looked at. */
async function startFunctions() {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    response.writeHead(200, { 'content-type': 'image/png', 'x-image-width': '1', 'x-image-height': '1' });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A name server that knows one name: `addresses` are its IPv4 addresses. */
async function startNames(addresses) {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5;
    const wantsA = query.readUInt16BE(end - 4) === 1;
    const found = wantsA ? [...addresses] : [];
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8400, 2);
    head.writeUInt16BE(found.length, 6);
    head.writeUInt32BE(0, 8);
    const answers = found.map((ip) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, DNS_SECONDS, 0, 4, ...ip.split('.').map(Number)]),
    );
    socket.send(Buffer.concat([head, query.subarray(12, end), ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

let count = 0;
async function startPod(gateway) {
  const ip = `127.0.1.${++count}`;
  const args = [
    'dist/grpc/index.js',
    '--host',
    ip,
    '--port',
    String(PORT),
    '--metrics-port',
    '0',
    '--gateway',
    gateway,
  ];
  const ready = (printed) => printed.includes('listening') || undefined;
  const env = { ...process.env, GRPC_MAX_CONNECTION_SECONDS: String(given.age), GRPC_DRAIN_SECONDS: '60' };
  const { child } = await startProgram(process.execPath, args, ready, { cwd: ROOT, env, keep: 100_000 });
  return { ip, child };
}

/** As Kubernetes ends a pod: it leaves the name at once, and hears of its end after preStop. */
async function endPod({ ip, child }, addresses) {
  addresses.delete(ip);
  await sleep(given.prestop * 1000);
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const functions = await startFunctions();
const gateway = `http://127.0.0.1:${functions.address().port}`;
const addresses = new Set();
const names = await startNames(addresses);
const pods = [];
const addPod = async () => {
  const pod = await startPod(gateway);
  addresses.add(pod.ip);
  return pod;
};
for (let index = 0; index < given.pods; index++) pods.push(await addPod());

const { obscura } = loadPackageDefinition(
  loadSync('obscura/v1/image.proto', { includeDirs: [path.join(ROOT, 'grpc/proto')] }),
);
const client = new obscura.v1.ImageService(
  `dns://127.0.0.1:${names.address().port}/edge.test:${PORT}`,
  credentials.createInsecure(),
  {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    'grpc.service_config_disable_resolution': 1,
    'grpc.dns_min_time_between_resolutions_ms': given.resolve * 1000,
  },
);

const calls = [];
const png = Buffer.from('89504e470d0a1a0a', 'hex');
function call() {
  const at = performance.now();
  const sent = client.rotate({ picture: { data: png }, angle: 90 }, { deadline: Date.now() + 10_000 }, (error) => {
    calls.push({ at, ms: performance.now() - at, ok: !error, code: error?.code, pod: sent.getPeer().split(':')[0] });
  });
}
const ticking = setInterval(call, 1000 / given.rate);
const since = (at) => calls.filter((one) => one.at >= at);

console.log(
  `${given.pods} pods, ${given.rate} calls/s, age ${given.age} s, ` +
    `preStop ${given.prestop} s, names anew after ${given.resolve} s`,
);
await sleep(10_000);

const restarted = performance.now();
const ending = [];
for (const old of pods.splice(0)) {
  pods.push(await addPod());
  ending.push(endPod(old, addresses));
}
await Promise.all(ending);
await sleep(5000);
const during = since(restarted);
const failed = during.filter(({ ok }) => !ok);
const restart = {
  seconds: Math.round((performance.now() - restarted) / 1000),
  calls: during.length,
  failed: failed.length,
  codes: [...new Set(failed.map(({ code }) => code))],
  slowestMs: Math.round(Math.max(...during.map(({ ms }) => ms))),
};
console.log('rolling restart', restart);

const fresh = [];
for (let index = 0; index < given.added; index++) fresh.push(await addPod());
const grown = performance.now();
await sleep(60_000);
clearInterval(ticking);
await sleep(2000);
const after = since(grown);
const settled = after.filter(({ at }) => at - grown > 30_000);
const added = {
  firstCallSeconds: fresh.map(({ ip }) => {
    const first = after.find(({ pod }) => pod === ip);
    return first ? Number(((first.at - grown) / 1000).toFixed(1)) : null;
  }),
  fairShare: Number((given.added / (given.pods + given.added)).toFixed(3)),
  shareAfter30s: Number(
    (settled.filter(({ pod }) => fresh.some(({ ip }) => ip === pod)).length / settled.length).toFixed(3),
  ),
  failed: after.filter(({ ok }) => !ok).length,
  calls: after.length,
};
console.log('pods added', added);

client.close();
for (const { child } of [...pods, ...fresh]) child.kill('SIGTERM');
functions.close();
functions.closeAllConnections();
names.close();
mkdirSync(path.join(here, 'results'), { recursive: true });
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg() };
const file = path.join(here, 'results', `rollout-${new Date().toISOString().slice(0, 10)}.json`);
writeFileSync(file, `${JSON.stringify({ machine, given, restart, added }, undefined, 2)}\n`);
