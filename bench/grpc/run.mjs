// What a call costs in the edge's process, beside grpc-js alone: Rotate with a picture of so many bytes, which comes
// back as it is. `bare` answers by itself; `bare and HTTP` sends the picture to the same stand-in for a gateway as the
// edge does, with nothing but Node's own client. In turn, so many calls a round; processor time in ms a call, medians.
// usage: node scripts/build.mjs grpc && node bench/grpc/run.mjs [--rounds 9] [--calls 400] [--sizes 1000,100000,700000]
// → results/edge.json
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { machine } from '../gateway/gateway.mjs';
import { cpuOf, quantile } from '../load.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    calls: { type: 'string', default: '400' },
    sizes: { type: 'string', default: '1000,100000,700000' },
  },
});
const [rounds, calls] = [Number(values.rounds), Number(values.calls)];
const IN_FLIGHT = 4;

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { obscura } = loadPackageDefinition(
  loadSync('obscura/v1/image.proto', { includeDirs: [at('../../grpc/proto')] }),
);

/** Answers with what it gets, as a function behind a gateway does. */
const standIn = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const facts = { 'x-image-width': 1, 'x-image-height': 1, etag: '"a"', 'server-timing': 'decode;dur=1, encode;dur=1' };
  response.writeHead(200, { 'content-type': 'image/png', 'content-length': body.length, ...facts });
  response.end(body);
}).listen(0, '127.0.0.1');
await once(standIn, 'listening');
const gateway = `http://127.0.0.1:${standIn.address().port}`;

async function start(script, args, execArgv = []) {
  const child = fork(at(script), args, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ port, address = `127.0.0.1:${port}` }] = await once(child, 'message');
  const options = { 'grpc.max_receive_message_length': -1 };
  return { child, client: new obscura.v1.ImageService(address, credentials.createInsecure(), options) };
}

const edgeArgs = ['--gateway', gateway, '--port', '0', '--metrics-port', '0'];
const WAYS = {
  // As `npm start -- --grpc` starts it.
  edge: await start('../../dist/grpc/index.js', edgeArgs, [
    '--enable-source-maps',
    '--max-semi-space-size=2',
    '--initial-old-space-size=64',
  ]),
  bare: await start('bare.mjs', []),
  'bare and HTTP': await start('bare.mjs', [gateway]),
};

/** Processor time of one call, ms. */
async function measure({ child, client }, data, count) {
  const before = cpuOf(child.pid);
  let left = count;
  const rotate = () =>
    new Promise((resolve, reject) =>
      client.rotate({ picture: { data } }, (error) => (error ? reject(error) : resolve())),
    );
  const one = async () => {
    while (left-- > 0) await rotate();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return (cpuOf(child.pid) - before) / count;
}

const results = [];
for (const bytes of values.sizes.split(',').map(Number)) {
  const data = Buffer.alloc(bytes, 7);
  const cpu = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
  for (const way of Object.values(WAYS)) await measure(way, data, calls);
  for (let round = 0; round < rounds; round++)
    for (const [name, way] of Object.entries(WAYS)) cpu[name].push(await measure(way, data, calls));
  const median = (name) => quantile(cpu[name], 0.5);
  const medians = Object.fromEntries(Object.keys(WAYS).map((name) => [name, Number(median(name).toFixed(2))]));
  const ratio = (name) => Number((median('edge') / median(name)).toFixed(2));
  results.push({
    bytes,
    ...medians,
    'edge / bare': ratio('bare'),
    'edge / bare and HTTP': ratio('bare and HTTP'),
    cpu,
  });
}
console.table(results.map(({ cpu: _, ...row }) => row));
mkdirSync(at('results'), { recursive: true });
const report = { date: new Date().toISOString(), machine: machine(), rounds, calls, results };
writeFileSync(at('results/edge.json'), `${JSON.stringify(report, null, 1)}\n`);
for (const { child, client } of Object.values(WAYS)) {
  client.close();
  child.kill();
}
standIn.close();
standIn.closeAllConnections();
