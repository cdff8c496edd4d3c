import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { documentedRequests } from './corpus/documented.ts';
import recorded from './corpus/recorded.json' with { type: 'json' };
import { type SharedSystem, sharedSystem } from './shared.ts';

/*
 * Requests byte for byte as clients send them: recorded from those that could run
 * (test/corpus/record.mjs) or written down from their documentation. Each asks for a picture of 40 × 30 to
 * be turned by 90 degrees.
 */
const folder = new URL('corpus/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.http'));
const documented = documentedRequests(
  await sharp({ create: { width: 40, height: 30, channels: 3, background: '#884422' } })
    .jpeg()
    .toBuffer(),
);

let system: SharedSystem;
beforeAll(async () => {
  system = await sharedSystem();
});

/** Sends bytes as they are, but for the address in the head. @returns the last answer's status and body */
async function replay(request: Buffer): Promise<{ status: number; body: Buffer }> {
  const { host, hostname, port } = new URL(system.url);
  const end = request.indexOf('\r\n\r\n');
  const head = request.toString('latin1', 0, end).replaceAll('127.0.0.1:8080', host);
  const socket = connect(Number(port), hostname);
  socket.write(Buffer.concat([Buffer.from(head, 'latin1'), request.subarray(end)]));
  let bytes = Buffer.alloc(0);
  for await (const piece of socket) {
    bytes = Buffer.concat([bytes, piece]);
    const answer = answerOf(bytes);
    if (answer) {
      socket.destroy();
      return answer;
    }
  }
  throw new Error(`the connection ended after ${bytes.length} bytes`);
}

/** `undefined` while it is not whole; interim answers (1xx) are passed over. */
function answerOf(bytes: Buffer): { status: number; body: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const rest = bytes.subarray(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
  if (status < 200) return answerOf(rest);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  return rest.length >= length ? { status, body: rest.subarray(0, length) } : undefined;
}

async function turned(request: Buffer): Promise<void> {
  const { status, body } = await replay(request);
  expect([status, status === 200 ? '' : String(body)]).toEqual([200, '']);
  // curl --json asks for JSON back.
  const bytes = body[0] === 0x7b ? Buffer.from(JSON.parse(String(body)).image, 'base64') : body;
  const { width, height, format } = await sharp(bytes).metadata();
  expect([format, width, height]).toEqual(['jpeg', 30, 40]);
}

test.each(files)('%s, as recorded', async (file) => {
  await turned(readFileSync(new URL(file, folder)));
});

test.each(documented)('$client, as documented', async ({ request }) => {
  await turned(request);
});

test('twelve clients and more, each recording with its client', () => {
  expect(files.map((file) => file.replace('.http', '')).sort()).toEqual(Object.keys(recorded).sort());
  const known = [...Object.values(recorded), ...documented.map(({ client }) => client)];
  const clients = new Set(known.map((client) => client.split(/[ ,/]/)[0]));
  expect(clients.size).toBeGreaterThan(15);
});
