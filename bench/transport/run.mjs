// REST against gRPC: the same pictures, the same functions, the same machine, both warmed. REST calls the gateway;
// gRPC calls the edge, which calls the gateway.
// usage: node bench/transport/run.mjs [--gateway URL] [--edge HOST:PORT] [--seconds 3] [--out FILE] PICTURE…
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { availableParallelism, cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gateway: { type: 'string', default: 'http://127.0.0.1:8080' },
    edge: { type: 'string', default: '127.0.0.1:50051' },
    seconds: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});
if (positionals.length === 0) throw new Error('name at least one picture');

const contracts = fileURLToPath(new URL('../../grpc/proto', import.meta.url));
const { obscura } = loadPackageDefinition(loadSync('obscura/v1/image.proto', { includeDirs: [contracts] }));
const client = new obscura.v1.ImageService(values.edge, credentials.createInsecure(), {
  'grpc.max_receive_message_length': -1,
});
const agent = new http.Agent({ keepAlive: true });

function rest(query, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${values.gateway}/function/${query}`, { method: 'POST', agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`${response.statusCode} ${Buffer.concat(chunks)}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const grpc = (method, request) =>
  new Promise((resolve, reject) => {
    client[method](request, (error, reply) => (error ? reject(error) : resolve(reply)));
  });

/** The same work over both. */
const works = {
  rotate: {
    rest: (data, turn) => rest(`rotate-fn?angle=${turn}`, data),
    grpc: (data, turn) => grpc('rotate', { picture: { data }, angle: turn }),
  },
  classify: {
    rest: (data) => rest('clip-fn?labels=cat,dog,car', data),
    grpc: (data) => grpc('classify', { picture: { data }, labels: ['cat', 'dog', 'car'] }),
  },
};

let turns = 0;
/** A quarter turn, in other words each time: functions work identical requests in flight only once. */
const nextTurn = () => 90 + 360 * ((turns++ % 19) - 10);

async function measure(call, data, concurrency, seconds) {
  const times = [];
  const until = performance.now() + seconds * 1000;
  const began = performance.now();
  const worker = async () => {
    while (performance.now() < until) {
      const start = performance.now();
      await call(data, nextTurn());
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const elapsed = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (share) => Number(times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(2));
  return { calls: times.length, perSecond: Number((times.length / elapsed).toFixed(1)), p50: at(0.5), p95: at(0.95) };
}

const results = [];
for (const file of positionals) {
  const data = readFileSync(file);
  for (const [work, calls] of Object.entries(works)) {
    for (const concurrency of [1, 8]) {
      // In turn, so that neither has the machine's better half; the first second of each is not counted.
      for (const transport of ['rest', 'grpc']) {
        await measure(calls[transport], data, concurrency, 1);
        const found = await measure(calls[transport], data, concurrency, Number(values.seconds));
        results.push({ picture: path.basename(file), bytes: data.length, work, concurrency, transport, ...found });
      }
    }
  }
}
client.close();
agent.destroy();

const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version, load: loadavg() };
const report = { date: new Date().toISOString(), machine, seconds: Number(values.seconds), results };
console.table(results, ['picture', 'work', 'concurrency', 'transport', 'perSecond', 'p50', 'p95']);
if (values.out) writeFileSync(values.out, `${JSON.stringify(report, null, 1)}\n`);
