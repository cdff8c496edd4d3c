import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signAddress } from '#http/access-signature';
import { type RunningFunction, startFunction } from '../../test/function.ts';
import { picture } from '../../test/pictures.ts';

/* What only shows where the function is served: second pictures, timings by step, keys and signed addresses. */
const KEY = 'a-key-that-nobody-guesses';
let open: RunningFunction;
let closed: RunningFunction;
let origin: Server;
let photo: Buffer;
let mark: Buffer;

beforeAll(async () => {
  photo = await picture(80, 60).png().toBuffer();
  mark = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#ff0000' } })
    .png()
    .toBuffer();
  origin = createServer((request, response) => response.end(request.url === '/mark' ? mark : photo)).listen(0);
  await once(origin, 'listening');
  const network = { INTAKE_URL_NETWORKS: '127.0.0.0/8' };
  const access = {
    ACCESS_KEYS: 'callers',
    CALLERS: KEY,
    ACCESS_SIGNING: 'signing',
    SIGNING: KEY,
    secret_mount_path: '/none',
  };
  [open, closed] = await Promise.all([
    startFunction('transform-fn', network),
    startFunction('transform-fn', { ...network, ...access }),
  ]);
});
afterAll(async () => {
  origin.close();
  await Promise.all([open.stop(), closed.stop()]);
});

const at = (file: string) => `http://127.0.0.1:${(origin.address() as AddressInfo).port}/${file}`;
const body = (bytes: Buffer) => new Uint8Array(bytes);
const corner = async (response: Response) => {
  expect(response.status).toBe(200);
  const { data, info } = await sharp(Buffer.from(await response.arrayBuffer()))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data.subarray(data.length - info.channels, data.length - info.channels + 3)];
};

test('a watermark comes by form, by JSON and by address', async () => {
  const form = new FormData();
  form.append('image', new Blob([body(photo)]));
  form.append('watermark', new Blob([body(mark)]));
  form.append('chain', 'watermark:gravity=southeast');
  expect(await corner(await fetch(open.url, { method: 'POST', body: form }))).toEqual([255, 0, 0]);
  const json = {
    image: photo.toString('base64'),
    watermark: mark.toString('base64'),
    chain: [{ operation: 'watermark' }],
  };
  expect(await corner(await fetch(open.url, { method: 'POST', body: JSON.stringify(json) }))).toEqual([255, 0, 0]);
  const chain = encodeURIComponent(`watermark:${at('mark')}`);
  expect(await corner(await fetch(`${open.url}/?chain=${chain}`, { method: 'POST', body: body(photo) }))).toEqual([
    255, 0, 0,
  ]);
  expect(await corner(await fetch(`${open.url}/?chain=${chain}&url=${at('photo')}`))).toEqual([255, 0, 0]);
});

test('a watermark that is missing is said, in the words of the request', async () => {
  const response = await fetch(`${open.url}/?chain=watermark`, { method: 'POST', body: body(photo) });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'source-missing', field: 'watermark' });
});

test('each step tells what it took, in Server-Timing and in JSON', async () => {
  const ask = (query: string) => fetch(`${open.url}/?chain=blur:2;flip${query}`, { method: 'POST', body: body(photo) });
  const timing = (await ask('&quality=51')).headers.get('server-timing') ?? '';
  expect(timing.replaceAll(/dur=[\d.]+/g, 'dur=…')).toBe(
    'intake;dur=…, decode;dur=…, apply;dur=…, encode;dur=…, step1;dur=…;desc="blur", step2;dur=…;desc="flip+encode"',
  );
  const { steps } = (await (await ask('&quality=52&output=json')).json()) as {
    steps: { steps: string[]; ms: number }[];
  };
  expect(steps.map(({ steps: names }) => names)).toEqual([['blur'], ['flip', 'encode']]);
});

test('with access on, a key or a signed address opens, and nothing else', async () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${closed.url}/?chain=flip`, { method: 'POST', body: body(photo), headers });
  expect((await post({})).status).toBe(401);
  expect((await post({ authorization: `Bearer ${KEY}` })).status).toBe(200);
  const signed = (seconds: number) => {
    const address = `http://gateway/function/transform-fn?chain=flip&url=${encodeURIComponent(at('photo'))}`;
    return `${closed.url}/${new URL(signAddress(address, KEY, Math.floor(Date.now() / 1_000) + seconds)).search}`;
  };
  expect((await fetch(signed(60))).headers.get('content-type')).toBe('image/png');
  expect((await fetch(signed(60).replace('flip', 'blur'))).status).toBe(403);
  const late = await fetch(signed(-1));
  expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([410, 'expired']);
});
