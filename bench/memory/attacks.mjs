// What needs much memory without being a large picture: bodies, uploads that are held, answers that are never read.
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';

const MIB = 1024 * 1024;
const small = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#48a' } })
  .png()
  .toBuffer();

/** So many requests at once, and then whether an ordinary one is answered. */
async function flood(target, count, init) {
  const one = async () => {
    const answer = await fetch(target.url, { method: 'POST', ...init() }).catch((error) => error);
    await answer.arrayBuffer?.().catch(() => undefined);
    return statusOf(answer);
  };
  const statuses = await Promise.all(Array.from({ length: count }, one));
  return [...statuses, await ordinary(target)];
}

/** A caller that is cut off while it sends was refused. */
function statusOf(answer) {
  if (answer.status !== undefined) return answer.status;
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(answer.cause?.code) ? 408 : 0;
}

/** A small picture, while whatever else goes on. */
async function ordinary(target) {
  const signal = AbortSignal.timeout(30_000);
  const answer = await fetch(target.url, { method: 'POST', body: small, signal }).catch((error) => error);
  await answer.arrayBuffer?.();
  return answer.status ?? 0;
}

function form(fields, bytes) {
  const body = new FormData();
  for (let n = 0; n < fields; n++) body.append(`field${n}`, 'x'.repeat(bytes));
  return body;
}

/** Opens connections that send a head and so many bytes, and then nothing. */
async function held(target, { count, declared, sent, wait = 4_000 }) {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(target.port, '127.0.0.1')
      .on('error', () => undefined)
      .resume();
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: ${declared}\r\n\r\n`);
    socket.write(Buffer.concat([small, Buffer.alloc(sent)]));
    return socket;
  });
  await setTimeout(wait);
  const status = await ordinary(target);
  for (const socket of sockets) socket.destroy();
  return [status, await ordinary(target)];
}

/** Asks for large answers and reads none of them. */
async function unread(target, { count, side = 2_500, wait = 15_000 }) {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 };
  const picture = await sharp({ create: { width: side, height: side, channels: 3, background: '#888', noise } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const sockets = Array.from({ length: count }, (_, n) => {
    const socket = connect(target.port, '127.0.0.1')
      .on('error', () => undefined)
      .pause();
    const path = `/?format=png&${n}`.replace(/&\d+$/, '');
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${picture.length + n}\r\n\r\n`);
    socket.write(Buffer.concat([picture, Buffer.alloc(n)]));
    return socket;
  });
  await setTimeout(wait);
  const asked = performance.now();
  const status = await ordinary(target);
  target.told = `a small call beside them took ${Math.round(performance.now() - asked)} ms`;
  for (const socket of sockets) socket.destroy();
  return [status, await ordinary(target)];
}

const json = { 'content-type': 'application/json' };
const zeros = gzipSync(Buffer.alloc(64 * MIB));

export const ATTACKS = {
  'a form with 600 fields of 64 KiB, 8 at once': (target) => flood(target, 8, () => ({ body: form(600, MIB / 16) })),
  '40 MB of [[[[ as JSON, 8 at once': (target) =>
    flood(target, 8, () => ({ headers: json, body: Buffer.alloc(40e6, '[') })),
  '40 MB of {},{} as JSON, 8 at once': (target) =>
    flood(target, 8, () => ({ headers: json, body: `{"image":[${'{},'.repeat(13e6)}{}]}` })),
  '40 MB of base64 as JSON, 16 at once': (target) =>
    flood(target, 16, () => ({ headers: json, body: `{"image":"${'iVBO'.repeat(10e6)}"}` })),
  '32 MB of rubbish, 64 at once': (target) => flood(target, 64, () => ({ body: Buffer.alloc(32e6, 7) })),
  'gzip that inflates to 64 MiB, 32 at once': (target) =>
    flood(target, 32, () => ({ headers: { 'content-encoding': 'gzip' }, body: zeros })),
  '20 uploads of 32 MB held': (target) => held(target, { count: 20, declared: 32e6, sent: 31e6 }),
  '200 uploads held that have sent nothing': (target) => held(target, { count: 200, declared: 32e6, sent: 0 }),
  '30 large answers unread': (target) => unread(target, { count: 30 }),
};

/** The same kinds for a limit of some 300 MiB, a second or two each (test/memory-limits.test.ts). */
export const SHORT_ATTACKS = {
  'a form with 300 fields': (target) => flood(target, 4, () => ({ body: form(300, MIB / 16) })),
  '12 MB of [[[[ as JSON': (target) => flood(target, 4, () => ({ headers: json, body: Buffer.alloc(12e6, '[') })),
  '12 MB of {},{} as JSON': (target) =>
    flood(target, 4, () => ({ headers: json, body: `{"image":[${'{},'.repeat(4e6)}{}]}` })),
  '24 MB of base64 as JSON': (target) =>
    flood(target, 4, () => ({ headers: json, body: `{"image":"${'iVBO'.repeat(6e6)}"}` })),
  '24 MB of rubbish': (target) => flood(target, 8, () => ({ body: Buffer.alloc(24e6, 7) })),
  'gzip that inflates to 64 MiB': (target) =>
    flood(target, 4, () => ({ headers: { 'content-encoding': 'gzip' }, body: zeros })),
  '20 uploads held': (target) => held(target, { count: 20, declared: 16e6, sent: 15e6, wait: 500 }),
  '12 answers unread': (target) => unread(target, { count: 12, side: 1_500, wait: 500 }),
};

/** An answer, or a refusal that says why. */
export const FINE = new Set([200, 400, 408, 413, 415, 422, 429, 503, 504, 507]);
