// REST against gRPC: the same pictures, the same functions, the same machine, both warmed. REST calls the gateway;
// gRPC calls the edge, which calls the gateway.
// usage: node bench/transport/run.mjs [--rounds 5] [--out FILE] [--gateway URL --edge HOST:PORT] [PICTURE…]
// Without addresses it starts a gateway and its edge (after node scripts/build.mjs), their caches off, so that every
// call is worked. Without pictures: a sample of the page, as it is and enlarged to 2040 × 1360.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import sharp from 'sharp';
import { gatewayIn, startGateway } from '../../scripts/system/start.mjs';
import { quantile } from '../load.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gateway: { type: 'string' },
    edge: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    out: { type: 'string' },
  },
});

/** Starts both as `npm start -- --grpc` does, in a folder of their own. */
async function start() {
  const state = mkdtempSync(path.join(tmpdir(), 'bench-transport-'));
  const own = {
    CACHE_BYTES: '0',
    CLIP_MODEL: 'clip-mini',
    GATEWAY_STATE: state,
    GRPC_PORT: '0',
    GRPC_METRICS_PORT: '0',
  };
  const addresses = (printed) => {
    const [, edge] = / gRPC +(\S+)\n/.exec(printed) ?? [];
    const gateway = gatewayIn(printed);
    return edge && gateway ? { edge, gateway } : undefined;
  };
  const { url, stop } = await startGateway({ args: ['--grpc'], env: own, ready: addresses });
  return {
    ...url,
    stop: async () => {
      await stop();
      rmSync(state, { recursive: true });
    },
  };
}

const own = values.gateway && values.edge ? undefined : await start();
const { gateway, edge } = own ?? values;

const contracts = fileURLToPath(new URL('../../grpc/proto', import.meta.url));
const { obscura } = loadPackageDefinition(loadSync('obscura/v1/image.proto', { includeDirs: [contracts] }));
const client = new obscura.v1.ImageService(edge, credentials.createInsecure(), {
  'grpc.max_receive_message_length': -1,
});
const agent = new http.Agent({ keepAlive: true });

function rest(query, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${gateway}/function/${query}`, { method: 'POST', agent }, (response) => {
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

async function pictures() {
  if (positionals.length > 0) {
    return positionals.map((file) => ({ name: path.basename(file), data: readFileSync(file) }));
  }
  const sample = fileURLToPath(new URL('../../functions/frontend-fn/page/samples/coffee.jpg', import.meta.url));
  const large = await sharp(sample).resize(2_040, 1_360).jpeg({ quality: 90 }).toBuffer();
  return [
    { name: 'coffee.jpg', data: readFileSync(sample) },
    { name: 'coffee.jpg, 2040×1360', data: large },
  ];
}

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

/** So many calls at once, for so long. @returns what each took, in ms, and the seconds of all */
async function measure(call, data, concurrency, seconds) {
  const times = [];
  const began = performance.now();
  const until = began + seconds * 1000;
  const worker = async () => {
    while (performance.now() < until) {
      const start = performance.now();
      await call(data, nextTurn());
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { times, seconds: (performance.now() - began) / 1000 };
}

/**
 * Both transports in turn, round by round, so that what else the machine does hits both; a first round is not counted.
 */
async function compare(calls, data, concurrency) {
  const found = { rest: { times: [], seconds: 0 }, grpc: { times: [], seconds: 0 } };
  for (let round = 0; round <= rounds; round++) {
    for (const [transport, all] of Object.entries(found)) {
      const { times, seconds } = await measure(calls[transport], data, concurrency, 1);
      if (round === 0) continue;
      all.times.push(...times);
      all.seconds += seconds;
    }
  }
  return Object.entries(found).map(([transport, { times, seconds }]) => {
    const at = (share) => Number(quantile(times, share).toFixed(1));
    const perSecond = Number((times.length / seconds).toFixed(1));
    return { transport, calls: times.length, perSecond, p50: at(0.5), p95: at(0.95) };
  });
}

const rounds = Number(values.rounds);
const results = [];
for (const { name, data } of await pictures()) {
  for (const [work, calls] of Object.entries(works)) {
    for (const concurrency of [1, 8]) {
      for (const found of await compare(calls, data, concurrency)) {
        results.push({ picture: name, bytes: data.length, work, concurrency, ...found });
      }
    }
  }
}
client.close();
agent.destroy();
await own?.stop();

const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version, load: loadavg() };
const report = { date: new Date().toISOString(), machine, rounds, results };
console.table(results, ['picture', 'work', 'concurrency', 'transport', 'perSecond', 'p50', 'p95']);
if (values.out) writeFileSync(values.out, `${JSON.stringify(report, null, 1)}\n`);
