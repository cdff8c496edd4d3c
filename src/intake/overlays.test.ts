import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import type { FunctionContext } from '#handler';
import { newName, openStore } from '#storage/store';
import { eventOf, formOf, rejectionOf } from '../../test/events.ts';
import { hugePng, picture } from '../../test/pictures.ts';
import type { FinishedPicture } from './answer.ts';
import { readOverlays } from './overlays.ts';
import { pictureFunction } from './picture-function.ts';
import { urlRulesFromEnv } from './url-rules.ts';

let server: Server;
let address: string;
let asked = 0;
let png: Buffer;
let mark: Buffer;
const limits = { maxBytes: 20_000, maxPixels: 10_000 };
const { signal } = new AbortController();

beforeAll(async () => {
  png = await picture(30, 20).png().toBuffer();
  mark = await picture(6, 4).png().toBuffer();
  const large = Buffer.concat([mark, Buffer.alloc(12_000)]);
  const answers: Record<string, Buffer> = { '/mark': mark, '/large': large, '/huge': hugePng(5_000, 5_000) };
  server = createServer((request, response) => {
    asked += 1;
    const body = answers[(request.url ?? '').replace(/\?.*/, '')];
    response.writeHead(body ? 200 : 404).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const get = (names: string[], uploaded?: Buffer) => {
  const url = { ...urlRulesFromEnv(limits.maxBytes), allowAddress: () => true };
  return readOverlays(names, uploaded, { field: 'watermark', limits, url }, { signal });
};
const refusal = (names: string[], uploaded?: Buffer) => rejectionOf(get(names, uploaded));

test('pictures come by upload and by address, in the order of their names, each got once', async () => {
  const before = asked;
  const found = await get([`${address}/mark`, 'upload', `${address}/mark`], png);
  expect(found.map(({ width }) => width)).toEqual([6, 30, 6]);
  expect(asked).toBe(before + 1);
});

test('and by ref', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-others-'));
  vi.stubEnv('STORE_URL', `file:${folder}`);
  const ref = `results/${newName()}`;
  await openStore().put(ref, mark);
  const found = await get([ref]);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  expect(found.map(({ width, bytes }) => [width, bytes.equals(mark)])).toEqual([[6, true]]);
});

test.each<[string, () => string[], string, RegExp]>([
  ['an upload that is not there', () => ['upload'], 'source-missing', /About the watermark: send it in the field/],
  ['an address that answers 404', () => [`${address}/none`], 'source-failed', /About the watermark: .*404/],
  ['more pixels than allowed', () => [`${address}/huge`], 'too-many-pixels', /About the watermark/],
  [
    'more bytes together than one picture may have',
    () => ['/large?1', '/large?2'].map((at) => address + at),
    'body-too-large',
    /watermark/,
  ],
  ['what is no ref', () => ['../../etc/passwd'], 'option-invalid', /"ref" must be/],
  ['too many', () => [1, 2, 3, 4, 5].map((n) => `${address}/mark?${n}`), 'option-invalid', /at most 4/],
])('%s is refused', async (_, names, code, message) => {
  const error = await refusal(names());
  expect(error).toMatchObject({ code });
  expect(error.message).toMatch(message);
});

test('an address inside is refused here too', async () => {
  const inside = readOverlays([`${address}/mark`], undefined, { field: 'watermark', limits }, { signal });
  await expect(inside).rejects.toMatchObject({ code: 'address-refused' });
});

test('what is sent for nothing is said', async () => {
  expect(await refusal([], mark)).toMatchObject({ code: 'option-unknown' });
});

const work = vi.fn(
  async (_: unknown, __: unknown, ___: unknown, overlays: { bytes: Buffer }[]): Promise<FinishedPicture> => ({
    bytes: overlays[0]?.bytes ?? png,
    contentType: 'image/png',
    width: 1,
    height: 1,
    timings: {},
  }),
);
const sending = pictureFunction({
  name: 'sending-fn',
  summary: 'x',
  options: z.object({ wants: z.string().optional() }),
  version: '1',
  memory: () => 0,
  overlays: { field: 'watermark', of: ({ wants }) => (wants ? [wants] : []) },
  work,
});

async function answerTo(sent: Parameters<typeof eventOf>[0]) {
  const answer: { etag: string; body: Buffer } = { etag: '', body: Buffer.alloc(0) };
  const context = {
    status: () => context,
    headers: (values: Record<string, string>) => {
      answer.etag = values.etag ?? '';
      return context;
    },
    succeed: (body: Buffer) => {
      answer.body = Buffer.from(body);
    },
  } as unknown as FunctionContext;
  await sending.handle(eventOf(sent), context);
  return answer;
}
const blob = (bytes: Buffer) => new Blob([new Uint8Array(bytes)]);

test('the second picture comes in a form or in JSON, and is part of the tag', async () => {
  const form = await formOf([
    ['image', blob(png)],
    ['watermark', blob(mark)],
    ['wants', 'upload'],
  ]);
  const first = await answerTo(form);
  expect(first.body.equals(mark)).toBe(true);
  const json = (watermark: Buffer) => ({
    body: JSON.stringify({ image: png.toString('base64'), watermark: watermark.toString('base64'), wants: 'upload' }),
  });
  expect((await answerTo(json(mark))).etag).toBe(first.etag);
  expect((await answerTo(json(await picture(5, 5).png().toBuffer()))).etag).not.toBe(first.etag);
});

test('two pictures are still too many, and a second one alone is none', async () => {
  const two = await formOf([
    ['image', blob(png)],
    ['file', blob(mark)],
  ]);
  await expect(answerTo(two)).rejects.toMatchObject({ code: 'source-ambiguous' });
  const twice = await formOf([
    ['watermark', blob(png)],
    ['watermark', blob(mark)],
  ]);
  await expect(answerTo(twice)).rejects.toMatchObject({ code: 'source-ambiguous' });
  const alone = await formOf([
    ['watermark', blob(mark)],
    ['wants', 'upload'],
  ]);
  await expect(answerTo(alone)).rejects.toMatchObject({ code: 'source-missing' });
});

test('the description has the field', () => {
  const text = JSON.stringify(sending.openapi());
  expect(text).toContain('"watermark":{"type":"string","format":"binary"}');
  expect(text).toContain('"watermark":{"type":"string","contentEncoding":"base64"}');
});
