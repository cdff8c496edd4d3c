import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { signAddress } from '#http/access-signature';
import { formOf } from './events.ts';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

// Whole systems, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/* Keys and signed addresses, seen from outside: who has none gets nothing, in whatever way it is asked for. */

const KEYS = { one: 'key-of-the-first-caller', two: 'key-of-the-second-caller', own: 'key-of-our-own-functions' };
const SIGNING = 'signing-key-of-this-test';

const states: string[] = [];
let png: Buffer;

/** A system whose operator made these secrets. */
function systemWith(secrets: Record<string, string>, env: Record<string, string>): Promise<System> {
  const state = mkdtempSync(path.join(tmpdir(), 'obscura-access-'));
  states.push(state);
  mkdirSync(path.join(state, 'secrets'), { mode: 0o700 });
  for (const [name, value] of Object.entries(secrets)) writeFileSync(path.join(state, 'secrets', name), value);
  return startSystem({ GATEWAY_STATE: state, ...env });
}

beforeAll(async () => {
  png = await picture(24, 16).png().toBuffer();
});
afterAll(() => {
  for (const state of states) rmSync(state, { recursive: true, force: true });
});

async function ask(url: string, init: RequestInit = {}): Promise<[status: number, code: string | undefined]> {
  const response = await fetch(url, init);
  const bytes = Buffer.from(await response.arrayBuffer());
  const problem = response.headers.get('content-type')?.startsWith('application/problem+json');
  return [response.status, problem ? JSON.parse(bytes.toString()).code : undefined];
}

describe('with keys and signatures', () => {
  let system: System;
  let photos: Server;
  let photo: string;
  beforeAll(async () => {
    photos = createServer((_, response) => response.end(png)).listen(0, '127.0.0.2');
    await new Promise((resolve) => photos.once('listening', resolve));
    photo = encodeURIComponent(`http://127.0.0.2:${(photos.address() as AddressInfo).port}/a.png`);
    system = await systemWith(
      { keys: Object.values(KEYS).join('\n'), signing: SIGNING, 'access-call-key': KEYS.own },
      { ACCESS_KEYS: 'keys', ACCESS_SIGNING: 'signing', ACCESS_RATE: '12', INTAKE_URL_NETWORKS: '127.0.0.2/32' },
    );
  });
  afterAll(async () => {
    await system?.stop();
    photos?.close();
  });

  const upload = (headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    body: new Uint8Array(png),
    headers,
  });
  const at = (rest: string): string => `${system.url}/function/${rest}`;

  test.each([
    'rotate-fn?angle=90',
    'transform-fn',
    'grayscale-fn/',
    'clip-fn',
    'clip-fn?do=embed',
    'pipeline-fn?steps=grayscale',
  ])('%s needs a key', async (where) => {
    for (const headers of [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': KEYS.one.slice(0, -1) },
      { 'x-api-key': `${KEYS.one}x` },
      { authorization: `Basic ${Buffer.from(KEYS.one).toString('base64')}` },
      { authorization: 'Bearer' },
    ]) {
      expect([where, headers, ...(await ask(at(where), upload(headers)))]).toEqual([
        where,
        headers,
        401,
        'unauthorized',
      ]);
    }
    expect(await ask(`${at(where)}${where.includes('?') ? '&' : '?'}key=${KEYS.one}`, upload())).toEqual([
      401,
      'unauthorized',
    ]);
    expect((await ask(at(where), upload({ 'x-api-key': KEYS.one })))[0]).toBe(200);
    expect((await ask(at(where), upload({ authorization: `bearer ${KEYS.two}` })))[0]).toBe(200);
  });

  test('a signed address is for just that', async () => {
    const hour = Math.floor(Date.now() / 1_000) + 3_600;
    const good = signAddress(at(`transform-fn?chain=resize:8&url=${photo}`), SIGNING, hour);
    expect((await ask(good))[0]).toBe(200);
    const refused = [403, 'signature-invalid'];
    expect(await ask(good.replace('resize%3A8', 'resize%3A9'))).toEqual(refused);
    expect(await ask(good.replace('transform-fn', 'resize-fn'))).toEqual(refused);
    expect(await ask(`${good}&format=png`)).toEqual(refused);
    expect(await ask(good.replace(/expires=\d+/, `expires=${hour + 9}`))).toEqual(refused);
    expect(await ask(good, { method: 'POST', body: 'x' })).toEqual(refused);
    expect(await ask(signAddress(at(`transform-fn?url=${photo}`), 'another-signing-key', hour))).toEqual(refused);
    expect(await ask(signAddress(at(`transform-fn?url=${photo}`), SIGNING, hour - 7_200))).toEqual([410, 'expired']);
  });

  test('the page’s function hands its caller’s key on, and lends its own to nobody', async () => {
    const form = await formOf([
      ['image', new Blob([new Uint8Array(png)]), 'a.png'],
      ['operation', 'rotate'],
      ['angle', '90'],
    ]);
    const send = (headers: Record<string, string>) =>
      fetch(at('frontend-fn/transform'), {
        method: 'POST',
        body: new Uint8Array(form.body),
        headers: { ...form.headers, ...headers },
      });
    expect((await send({})).status).toBe(401);
    for (const route of [
      'frontend-fn/jobs?steps=grayscale',
      'frontend-fn/pipeline?steps=grayscale',
      'frontend-fn/predict',
    ]) {
      expect((await ask(at(route), upload()))[0], route).toBeGreaterThanOrEqual(400);
    }
    const response = await send({ authorization: `Bearer ${KEYS.own}` });
    expect([response.status, response.headers.get('x-image-width')]).toEqual([200, '16']);
  });

  test('each key has its own share', async () => {
    const codes = [];
    for (let times = 0; times < 40; times++)
      codes.push(await ask(at('resize-fn?width=9'), upload({ 'x-api-key': KEYS.one })));
    expect(codes).toContainEqual([429, 'busy']);
    expect((await ask(at('resize-fn?width=9'), upload({ 'x-api-key': KEYS.two })))[0]).toBe(200);
  });
});

test('a secret that is missing leaves the door shut', async () => {
  const system = await systemWith({}, { ACCESS_KEYS: 'keys' });
  try {
    const response = await fetch(`${system.url}/function/rotate-fn?angle=90`, {
      method: 'POST',
      body: new Uint8Array(png),
    });
    expect(response.status).toBe(503);
    expect(system.output()).toContain('ACCESS_KEYS names the secret "keys"');
  } finally {
    await system.stop();
  }
});
