import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formOf } from './events.ts';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

/* Reports of incorrect answers, and the one-label answer of older servers: what their clients rely on, as a table. */

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-feedback-'));
let system: System;
let png: Buffer;

beforeAll(async () => {
  const STORE_URL = `file:${path.join(folder, 'store')}`;
  system = await startSystem({ STORE_URL, GATEWAY_STATE: path.join(folder, 'state') });
  png = await picture(96, 64).png().toBuffer();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Sent {
  body?: Buffer | string;
  headers?: Record<string, string>;
  method?: string;
}

const call = (at: string, { body, headers = {}, method = 'POST' }: Sent = {}) =>
  fetch(`${system.url}/function/frontend-fn${at}`, {
    method,
    headers,
    ...(body !== undefined && { body: new Uint8Array(Buffer.from(body as string)) }),
  });

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
const json = (response: Response): Promise<any> => response.json();
const file = (bytes: Buffer, field = 'file') => formOf([[field, new Blob([new Uint8Array(bytes)]), 'x.png']]);

describe('POST /predict', () => {
  test('a picture in the form field file → exactly success, prediction and score', async () => {
    const response = await call('/predict', await file(png));
    const answer = await json(response);
    expect(response.status).toBe(200);
    expect(Object.keys(answer).sort()).toEqual(['prediction', 'score', 'success']);
    expect(answer.success).toBe(true);
    expect(answer.prediction).toMatch(/\w/);
    expect(answer.score).toBeGreaterThan(0);
  });

  test.each([
    ['x.png', () => picture(40, 30).png()],
    ['x.jpg', () => picture(40, 30).jpeg()],
    ['x.JPEG', () => picture(40, 30).jpeg()],
    ['x.gif', () => picture(40, 30).gif()],
    ['no-extension', () => picture(40, 30).png()],
  ])('a picture named %s is known by its bytes', async (name, make) => {
    const { body, headers } = await formOf([['file', new Blob([new Uint8Array(await make().toBuffer())]), name]]);
    expect(await json(await call('/predict', { body, headers }))).toMatchObject({ success: true });
  });

  test('a thousand classes are there, and so is the page', async () => {
    const { labelsets } = await json(await call('/labelsets', { method: 'GET' }));
    expect(labelsets).toContainEqual(expect.objectContaining({ name: 'imagenet1k', count: 1_000 }));
    const page = await call('', { method: 'GET' });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  test('without a path, as faas-cli invokes it, do=predict means the same', async () => {
    expect(Object.keys(await json(await call('?do=predict', { body: png })))).toHaveLength(3);
  });

  test.each([
    ['no file', () => formOf([['file', new Blob([])]])],
    ['no body', async () => ({})],
    ['text in place of a picture', () => file(Buffer.from('Dear reader, this is a letter.'))],
    ['a broken picture', () => file(png.subarray(0, 20))],
  ])('%s → 400 with the same keys, null; the next one is served', async (_, sent) => {
    const response = await call('/predict', (await sent()) as Sent);
    expect([response.status, await json(response)]).toEqual([400, { success: false, prediction: null, score: null }]);
    expect((await call('/predict', await file(png))).status).toBe(200);
  });

  test.each(['GET', 'PUT', 'DELETE'])('%s is 405', async (method) => {
    for (const path of ['/predict', '/feedback']) expect((await call(path, { method })).status).toBe(405);
  });
});

describe('POST /feedback', () => {
  const reports = () => readdirSync(path.join(folder, 'store', 'feedback')).filter((name) => !name.endsWith('.json'));
  const report = (said: object) => call('/feedback', { body: JSON.stringify(said) });
  const table = async () => {
    const authorization = `Basic ${Buffer.from('admin:only-for-this-test').toString('base64')}`;
    const response = await call('/feedback.csv', { method: 'GET', headers: { authorization } });
    expect(response.status).toBe(200);
    return (await response.text()).trim().split('\r\n');
  };

  beforeAll(async () => {
    const created = await fetch(`${system.url}/system/secrets`, {
      method: 'POST',
      headers: { authorization: system.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'feedback-password', value: 'only-for-this-test' }),
    });
    // faasd has it at once, faas-netes accepts it.
    expect([200, 201, 202]).toContain(created.status);
    expect((await report({ predicted: 'cat', score: 0.9, correct: 'dog', model: 'clip-mini' })).status).toBe(201);
  });

  test('adds exactly one report, with the correct label', async () => {
    const before = reports().length;
    expect(await json(await report({ predicted: 'fox', score: 0.4, correct: 'wolf' }))).toEqual({
      reported: true,
      kept: false,
    });
    expect(reports()).toHaveLength(before + 1);
    expect((await table()).at(-1)).toMatch(/,fox,0\.4,wolf,,no,/);
  });

  test('reports at once lose none', async () => {
    const before = reports().length;
    const all = await Promise.all(Array.from({ length: 8 }, (_, index) => report({ predicted: `at once ${index}` })));
    expect(all.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(reports()).toHaveLength(before + 8);
  });

  test('the picture is kept only when asked for', async () => {
    const send = async (keep: string) => {
      // The same bytes have the same hash, whatever they are called.
      const { body, headers } = await formOf([
        ['image', new Blob([new Uint8Array(png)]), `${keep}.png`],
        ['predicted', 'cat'],
        ['keep', keep],
      ]);
      return json(await call('/feedback', { body, headers }));
    };
    const hash = createHash('sha256').update(png).digest('hex');
    expect(await send('false')).toEqual({ reported: true, kept: false });
    expect((await table()).at(-1)).toContain(`,${hash},`);
    expect((await table()).at(-1)).toContain(',no,');
    expect(await send('true')).toEqual({ reported: true, kept: true });
    expect((await table()).at(-1)).toContain(',yes,');
  });

  test('no text breaks out of its cell or becomes a formula', async () => {
    expect((await report({ predicted: 'cat\n2026,injected' })).status).toBe(400);
    const lines = (await table()).length;
    await report({ predicted: '=HYPERLINK("http://x","y")', note: 'a "quote", a comma' });
    const after = await table();
    expect(after).toHaveLength(lines + 1);
    expect(after.at(-1)).toContain(`,"'=HYPERLINK(""http://x"",""y"")",`);
    expect(after.at(-1)).toContain(',"a ""quote"", a comma",');
  });

  test.each([
    [{}, 'predicted'],
    [{ predicted: 'x'.repeat(201) }, 'predicted'],
    [{ predicted: 'cat', score: 2 }, 'score'],
    [{ predicted: 'cat', picture: '../../etc/passwd' }, 'picture'],
    [{ predicted: 'cat', admin: true }, 'admin'],
  ])('%j is refused', async (said, option) => {
    const response = await report(said);
    expect([response.status, (await json(response)).option]).toEqual([400, option]);
  });

  test.each([undefined, 'Basic eDp5', `Basic ${Buffer.from('admin:').toString('base64')}`, 'Bearer x'])(
    'nobody else reads them (%s)',
    async (authorization) => {
      const response = await call('/feedback.csv', {
        method: 'GET',
        headers: { ...(authorization && { authorization }) },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic/);
    },
  );

  test('somebody with a script is slowed down', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => report({ predicted: 'again' })));
    expect(answers.map(({ status }) => status)).toContain(429);
  });
});
