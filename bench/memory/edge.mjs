// The gRPC edge, in a control group of the limit that its manifest ships, before a gateway that
// answers as an attack wants.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { parseAllDocuments } from 'yaml';
import { startLimited } from './cgroup.mjs';
import { drawn } from './pictures.mjs';

const MIB = 1024 * 1024;
const root = fileURLToPath(new URL('../..', import.meta.url));
const contracts = ['obscura/v1/image.proto', 'nl_image_service.proto'];
const definition = loadSync(contracts, { includeDirs: [`${root}grpc/proto`], longs: Number, enums: String });
const { NLImageService, obscura } = loadPackageDefinition(definition);
const ROTATE = obscura.v1.ImageService.service.Rotate;
const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

/** MiB, as the manifest has it. */
export function edgeLimit() {
  const documents = parseAllDocuments(readFileSync(`${root}deploy/kubernetes/grpc-edge.yaml`, 'utf8'));
  const { spec } = documents.map((one) => one.toJS()).find(({ kind }) => kind === 'Deployment');
  return Number(/^(\d+)Mi$/.exec(spec.template.spec.containers[0].resources.limits.memory)[1]);
}

/** The edge and its gateway. `gateway.answer` may be changed. */
export async function startEdge() {
  const gateway = { answer: picture(1_000) };
  const server = createServer((request, response) => {
    const answer = request.url.startsWith('/function/clip-fn') ? labels : gateway.answer;
    request.resume().on('end', () => answer(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const args = ['--gateway', `http://127.0.0.1:${server.address().port}`, '--port', '0', '--metrics-port', '0'];
  const edge = await startLimited('grpc', edgeLimit(), { args });
  return {
    ...edge,
    gateway,
    address: `127.0.0.1:${edge.port}`,
    stop: async () => {
      await edge.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

function picture(bytes) {
  const body = Buffer.alloc(bytes, 7);
  return (response) => response.setHeader('content-type', 'image/png').end(body);
}

function labels(response) {
  const reply = { model: 'a', labels: [{ label: 'dog', score: 1, cosine: 1 }], unknown: false, timings: {} };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
}

function events(bytes) {
  const image = Buffer.alloc(bytes, 7).toString('base64');
  const done = { labels: [], ms: 1, picture: { image, contentType: 'image/png', width: 1, height: 1 } };
  const text = Buffer.from(`event: done\ndata: ${JSON.stringify(done)}\n\n`);
  return (response) => response.setHeader('content-type', 'text/event-stream').end(text);
}

/** What stands for an HTTP status: 200, a refusal that says why (429), or what should not be (500). */
function statusOf(error) {
  if (!error) return 200;
  // RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, UNAVAILABLE with a sentence of ours.
  if (error.code === 8 || error.code === 4) return 429;
  if (error.code === 14 && /^The function/.test(error.details)) return 503;
  console.log(`    ${error.message}`);
  return 500;
}

/** So many calls at once, eight a connection. @param begin one call: by its client and a callback */
async function flood(edge, count, begin, Service = obscura.v1.ImageService) {
  const clients = Array.from(
    { length: Math.ceil(count / 8) },
    (_, n) =>
      new Service(edge.address, credentials.createInsecure(), {
        ...unlimited,
        'grpc.use_local_subchannel_pool': n + 1,
      }),
  );
  const deadline = Date.now() + 300_000;
  const calls = Array.from(
    { length: count },
    (_, n) => new Promise((resolve) => begin(clients[n >> 3], { deadline }, (error) => resolve(statusOf(error)))),
  );
  const statuses = await Promise.all(calls);
  for (const client of clients) client.close();
  edge.gateway.answer = picture(1_000);
  return [...statuses, await ordinary(edge)];
}

async function ordinary(edge) {
  const client = new obscura.v1.ImageService(edge.address, credentials.createInsecure(), unlimited);
  const request = { picture: { data: Buffer.alloc(10_000) } };
  const status = await new Promise((resolve) =>
    client.rotate(request, { deadline: Date.now() + 30_000 }, (error) => resolve(statusOf(error) === 200 ? 200 : 500)),
  );
  client.close();
  return status;
}

const rotate = (data) => (client, options, callback) => client.rotate({ picture: { data } }, options, callback);

/** A stream whose end is read, gently. */
const stream = (request) => (client, options, callback) =>
  client
    .runPipeline(request, options)
    .on('data', () => undefined)
    .on('error', callback)
    .on('end', () => callback());

/** Streams beneath gRPC that are opened and then left. @param sent of a message @param announced its bytes */
async function left(edge, count, { sent, announced, wait, reads }) {
  const sessions = Array.from({ length: Math.ceil(count / 16) }, () =>
    connect(`http://${edge.address}`, { settings: { initialWindowSize: reads ? 65_535 : 0 } }).on(
      'error',
      () => undefined,
    ),
  );
  for (let n = 0; n < count; n++) {
    const head = { ':method': 'POST', ':path': ROTATE.path, 'content-type': 'application/grpc', te: 'trailers' };
    const call = sessions[n >> 4].request(head).on('error', () => undefined);
    if (reads) call.resume();
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(announced, 1);
    call.write(Buffer.concat([frame, sent]));
    if (!reads) call.end();
  }
  await setTimeout(wait);
  const status = await ordinary(edge);
  for (const session of sessions) session.destroy();
  return [status, await ordinary(edge)];
}

const photo = async (size) => readFileSync(await drawn('jpeg', size));
const raw = { data: Buffer.alloc(3 * 3_000 * 3_500, 9), width: 3_000, height: 3_500, color: true };
const classes = [{ label: 'a', pictures: Array.from({ length: 30 }, () => ({ data: Buffer.alloc(MIB, 5) })) }];

export const EDGE_ATTACKS = {
  '64 pictures of 12, 24 and 48 Mpx, answered with 40 MiB': async (edge) => {
    const photos = await Promise.all([12, 24, 48].map(photo));
    edge.gateway.answer = picture(40 * MIB);
    return flood(edge, 64, (client, options, callback) =>
      rotate(photos[Math.floor(Math.random() * 3)])(client, options, callback),
    );
  },
  '64 pictures of 31 MiB, answered with 31 MiB': (edge) => {
    edge.gateway.answer = picture(31 * MIB);
    return flood(edge, 64, rotate(Buffer.alloc(31 * MIB, 7)));
  },
  '64 chains too long for a query on 31 MiB': (edge) => {
    const request = { picture: { data: Buffer.alloc(31 * MIB, 7) }, chain: 'rotate:90;'.repeat(900) };
    return flood(edge, 64, (client, options, callback) => client.transform(request, options, callback));
  },
  '64 with 30 MiB of examples': (edge) =>
    flood(edge, 64, (client, options, callback) =>
      client.classify({ picture: { data: Buffer.alloc(MIB) }, examples: classes }, options, callback),
    ),
  '64 raw pictures of 30 MiB, turned': (edge) =>
    flood(
      edge,
      64,
      (client, options, callback) => client.rotateImage({ image: raw, rotation: 'NINETY_DEG' }, options, callback),
      NLImageService,
    ),
  '64 raw pictures of 30 MiB, classified': (edge) =>
    flood(
      edge,
      64,
      (client, options, callback) => client.customImageEndpoint({ image: raw }, options, callback),
      NLImageService,
    ),
  '64 pipelines with a picture of 20 MiB': (edge) => {
    edge.gateway.answer = events(20 * MIB);
    return flood(edge, 64, stream({ picture: { data: Buffer.alloc(4 * MIB) } }));
  },
  '64 chains of 500,000 steps': (edge) => {
    const request = { picture: { data: Buffer.alloc(10) }, steps: Array(500_000).fill({}) };
    return flood(edge, 64, (client, options, callback) => client.transform(request, options, callback));
  },
  '64 mixed': async (edge) => {
    const photos = await Promise.all([12, 24, 48].map(photo));
    edge.gateway.answer = picture(30 * MIB);
    let n = 0;
    const kinds = [
      ...photos.map(rotate),
      (client, options, callback) =>
        client.classify({ picture: { data: photos[0] }, examples: classes }, options, callback),
    ];
    return flood(edge, 64, (client, options, callback) => kinds[n++ % kinds.length](client, options, callback));
  },
  '64 messages of 32 MiB held at 31': (edge) =>
    left(edge, 64, { announced: 32 * MIB, sent: Buffer.alloc(31 * MIB), wait: 5_000, reads: true }),
  '1600 messages held that have sent nothing': (edge) =>
    left(edge, 1_600, { announced: 32 * MIB, sent: Buffer.alloc(0), wait: 4_000, reads: true }),
  '64 answers of 30 MiB unread': (edge) => {
    edge.gateway.answer = picture(30 * MIB);
    const message = ROTATE.requestSerialize({ picture: { data: Buffer.alloc(1_000) } });
    const waiting = left(edge, 64, { announced: message.length, sent: message, wait: 20_000, reads: false });
    return setTimeout(19_000).then(() => {
      edge.gateway.answer = picture(1_000);
      return waiting;
    });
  },
};
