import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { picture } from '../test/pictures.ts';
import { ask } from './ask.ts';
import { Held } from './fixtures/held.ts';
import { ImageService, NLImageService } from './protos.ts';
import { failureOf } from './testing.ts';

/* In front of a gateway that the test holds; test/grpc.test.ts has the real one. */

let held: Held;
beforeEach(() => {
  held = new Held();
});
afterEach(() => held.stop());
const png = await picture(6, 4).png().toBuffer();

const rotate = (metadata = new Metadata(), options = {}) =>
  ask((callback) => held.client.rotate({ picture: { data: png }, angle: 90 }, metadata, options, callback));

const probe = async (path: string) => (await fetch(`http://127.0.0.1:${held.edge.metricsPort}${path}`)).status;

test('an rpc is one call of a function, with its call id and its deadline', async () => {
  await held.start();
  const metadata = new Metadata();
  metadata.set('x-call-id', 'call-7');
  const { reply, head } = await rotate(metadata, { deadline: Date.now() + 5_000 });
  expect(reply).toMatchObject({ data: Buffer.from('turned'), contentType: 'image/png', width: 4 });
  expect(head?.get('x-call-id')).toEqual(['call-7']);
  const [{ request, body } = { request: undefined, body: undefined }] = held.seen;
  expect(request?.url).toBe('/function/rotate-fn?angle=90');
  expect(request?.headers['x-call-id']).toBe('call-7');
  const timeout = /^(\d+)ms$/.exec(String(request?.headers['x-timeout']));
  expect(Number(timeout?.[1])).toBeGreaterThan(3_000);
  expect(Number(timeout?.[1])).toBeLessThanOrEqual(5_000);
  expect(body?.equals(png)).toBe(true);
  expect(JSON.parse(held.lines[0] ?? '')).toMatchObject({
    callId: 'call-7',
    method: '/obscura.v1.ImageService/Rotate',
    code: 'OK',
  });
});

test('without a call id one is made; a strange one is replaced', async () => {
  await held.start();
  const metadata = new Metadata();
  metadata.set('x-call-id', 'a b');
  for (const given of [metadata, new Metadata()]) {
    expect((await rotate(given)).head?.get('x-call-id')[0]).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('when the caller leaves, so does the call of the function', async () => {
  await held.start();
  const left = new Promise((resolve) => {
    held.answer = (request) => request.socket.once('close', resolve);
  });
  const call = ask((callback) => {
    const begun = held.client.rotate({ picture: { data: png } }, callback);
    setTimeout(() => begun.cancel(), 200);
    return begun;
  });
  expect((await failureOf(call)).code).toBe('CANCELLED');
  await left;
  expect(held.lines.map((line) => JSON.parse(line).code)).toEqual(['Cancelled']);
});

test('a deadline that passes ends both', async () => {
  await held.start();
  const left = new Promise((resolve) => {
    held.answer = (request) => request.socket.once('close', resolve);
  });
  expect((await failureOf(rotate(new Metadata(), { deadline: Date.now() + 300 }))).code).toBe('DEADLINE_EXCEEDED');
  await left;
});

test('a gateway that is not there is UNAVAILABLE, and health says so', async () => {
  await held.start({ gateway: 'http://127.0.0.1:9' });
  expect(await failureOf(rotate())).toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('rotate-fn'),
    ErrorInfo: { reason: 'FUNCTION_FAILED' },
  });
  expect(await probe('/readyz')).toBe(503);
});

test('probes are answered over HTTP, too; while the edge drains it lives and is not ready', async () => {
  await held.start();
  expect([await probe('/healthz'), await probe('/readyz'), await probe('/else')]).toEqual([200, 200, 404]);
  const asked = new Promise<() => void>((resolve) => {
    held.answer = (_, response) => resolve(() => response.end('late'));
  });
  const call = rotate();
  const finish = await asked;
  const stopped = held.edge.stop();
  expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 503]);
  finish();
  await call;
  await stopped;
});

test('what no problem foresaw is INTERNAL for the caller and has its cause in the log', async () => {
  await held.start();
  held.answer = (_, response) => response.end('not JSON');
  const call = ask((callback) => held.client.classify({ picture: { data: png } }, callback));
  expect(await failureOf(call)).toMatchObject({ code: 'INTERNAL', message: expect.not.stringContaining('JSON') });
  expect(held.lines.some((line) => line.includes('not valid JSON'))).toBe(true);
});

test('messages may be as large as the intake allows, and compressed', async () => {
  await held.start({}, credentials.createInsecure(), { 'grpc.default_compression_algorithm': 2 });
  const large = (bytes: number) =>
    ask((callback) => held.client.rotate({ picture: { data: Buffer.alloc(bytes) } }, callback));
  await large(1024 * 1024);
  expect(held.seen[0]?.body.length).toBe(1024 * 1024);
  expect((await failureOf(large(2 * 1024 * 1024))).code).toBe('RESOURCE_EXHAUSTED');
});

test('options that are too many for a query go as JSON', async () => {
  await held.start();
  held.answer = (_, response) => response.end('{"model":"m","labels":[],"unknown":false,"timings":{}}');
  const labels = Array.from({ length: 2_000 }, (_, i) => `label, ${i}`);
  await ask((callback) => held.client.classify({ picture: { data: png }, labels, top: 2 }, callback));
  const sent = JSON.parse(String(held.seen[0]?.body));
  expect(JSON.parse(sent.labels)).toEqual(labels);
  expect([sent.top, sent.image]).toEqual([2, png.toString('base64')]);
});

describe('a token', () => {
  test('is asked for, compared whole, and not for health', async () => {
    await held.start({ token: 'secret' });
    const bearer = (token: string) => {
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${token}`);
      return rotate(metadata);
    };
    for (const refused of [rotate(), bearer('secre'), bearer('secret2')]) {
      expect(await failureOf(refused)).toMatchObject({
        code: 'UNAUTHENTICATED',
        ErrorInfo: { reason: 'UNAUTHORIZED' },
      });
    }
    expect(held.seen).toEqual([]);
    expect((await bearer('secret')).reply).toMatchObject({ contentType: 'image/png' });
  });
});

test('metrics count calls by status', async () => {
  await held.start();
  await rotate();
  await failureOf(ask((callback) => held.client.rotate({}, callback)));
  const text = await (await fetch(`http://127.0.0.1:${held.edge.metricsPort}/metrics`)).text();
  const of = 'grpc_service="obscura.v1.ImageService",grpc_method="Rotate"';
  expect(text).toContain(`grpc_server_handled_total{${of},grpc_code="OK"} 1`);
  expect(text).toContain(`grpc_server_handled_total{${of},grpc_code="InvalidArgument"} 1`);
  expect(text).toContain(`grpc_server_handling_seconds_count{${of}} 2`);
  expect(text).toContain('obscura_grpc_calls_running 0');
});

test('stopping lets calls in flight finish and takes no new ones', async () => {
  await held.start();
  const asked = new Promise<() => void>((resolve) => {
    held.answer = (_, response) => resolve(() => response.end('late'));
  });
  const call = rotate();
  const finish = await asked;
  const stopped = held.edge.stop();
  setTimeout(finish, 200);
  expect((await call).reply).toMatchObject({ data: Buffer.from('late') });
  await stopped;
  expect((await failureOf(rotate(new Metadata(), { deadline: Date.now() + 500 }))).code).toMatch(
    /UNAVAILABLE|DEADLINE/,
  );
});

/** A certificate of its own for localhost, or undefined where there is no openssl. */
function certificate() {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-tls-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const args = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
  try {
    execFileSync('openssl', [...args.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert), clientCa: undefined };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const tls = certificate();

test.skipIf(!tls)('TLS (needs openssl for a certificate)', async () => {
  await held.start({ tls }, credentials.createSsl(tls?.cert));
  expect((await rotate()).reply).toMatchObject({ contentType: 'image/png' });
  held.client.close();
  held.client = new ImageService(`localhost:${held.edge.port}`, credentials.createInsecure());
  expect((await failureOf(rotate(new Metadata(), { deadline: Date.now() + 1_500 }))).code).toMatch(
    /UNAVAILABLE|DEADLINE/,
  );
});

describe('the older contract', () => {
  test('raw rows stay raw rows: turned counter-clockwise, with real sides', async () => {
    await held.start();
    const older = new NLImageService(`localhost:${held.edge.port}`, credentials.createInsecure());
    const image = { color: false, data: Buffer.from([1, 2, 3, 4, 5, 6]), width: 3, height: 2 };
    const { reply } = await ask((callback) => older.rotateImage({ rotation: 'NINETY_DEG', image }, callback));
    older.close();
    expect(reply).toEqual({ color: false, data: Buffer.from([3, 6, 2, 5, 1, 4]), width: 2, height: 3 });
    expect(held.seen).toEqual([]);
  });
});
