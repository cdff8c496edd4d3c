import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { call, until } from '../fixtures/gateway.ts';
import {
  aroundEachTest,
  callbacks,
  dead,
  empty,
  folder,
  gateway,
  queue,
  start,
  story,
  withCallback,
} from '../fixtures/queue.ts';

aroundEachTest();

it('receivers that never answer hold up neither the calls nor the answers of others', async () => {
  const open: Socket[] = [];
  const silent = createServer((socket) => open.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  await start();
  const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  for (let sent = 0; sent < 40; sent++) {
    expect((await queue('echo-fn', { headers: { 'x-callback-url': address } })).status).toBe(202);
  }
  await until(() => open.length > 0);
  await withCallback('echo-fn');
  await until(() => callbacks.got.length === 1);
  // A bound for each receiver; the rest of the crowd waits.
  expect(open.length).toBeLessThanOrEqual(4);
  for (const socket of open) socket.destroy();
  silent.close();
});

it('a receiver that is never there is left alone, and its answers are given up all the same', async () => {
  let connections = 0;
  const deaf = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {}).destroy();
  });
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  await start();
  const headers = { 'x-callback-url': `http://127.0.0.1:${(deaf.address() as AddressInfo).port}/` };
  for (let sent = 0; sent < 30; sent++) expect((await queue('echo-fn', { headers })).status).toBe(202);
  await until(async () => dead().length === 30 && (await empty()));
  // Three attempts each, most of which were never made: the first five, those beside them, one after each pause.
  expect(connections).toBeGreaterThanOrEqual(5);
  expect(connections).toBeLessThan(30);
  expect(story()).toMatchObject({ reason: 'Its callback could not be reached.', lastStatus: 200 });
  deaf.close();
});

describe('a queued call', () => {
  it('is answered 202, empty, with an id, and delivered as it came', async () => {
    await start();
    const body = randomBytes(300_000);
    const accepted = await withCallback('echo-fn.openfaas-fn/echo?a=1&a=%2F', { body, headers: { 'x-own': 'kept' } });
    expect([accepted.status, accepted.text]).toEqual([202, '']);
    expect(accepted.headers).toMatchObject({
      'x-call-id': expect.stringMatching(/^[0-9a-f]{8}-/),
      'x-start-time': expect.stringMatching(/^\d{19}$/),
      'x-served-by': 'obscura-gateway/0.0.0',
      'content-length': '0',
    });
    await until(() => callbacks.got.length === 1);
    const [got] = callbacks.got;
    expect(got?.method).toBe('POST');
    expect(got?.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-call-id': accepted.headers['x-call-id'],
      'x-function-name': 'echo-fn.openfaas-fn',
      'x-function-status': '200',
      'x-duration-seconds': expect.stringMatching(/^\d+\.\d{6}$/),
    });
    expect(got?.body.equals(body)).toBe(true);
    await until(empty);
    expect(dead()).toEqual([]);
  });

  it('reaches the function with path, query, headers and id unchanged', async () => {
    await start();
    const headers = { 'x-call-id': 'given', 'x-own': 'kept', 'content-type': 'text/x', host: 'example.test' };
    await withCallback('echo-fn/a/b/c%2Fd?q=%20+', { body: 'abc', headers });
    await until(() => callbacks.got.length === 1);
    expect(JSON.parse(String(callbacks.got[0]?.body))).toMatchObject({
      method: 'POST',
      url: '/a/b/c%2Fd?q=%20+',
      size: 3,
      headers: { 'x-call-id': 'given', 'x-own': 'kept', 'content-type': 'text/x', 'x-forwarded-host': 'example.test' },
    });
  });

  it('cannot climb out of its function', async () => {
    await start();
    for (const path of ['echo-fn/../../system/functions', 'echo-fn/%2e%2e/..%2Fsystem/functions']) {
      const { status, headers } = await withCallback(path, { body: 'x' });
      expect([status, headers.location]).toEqual([301, '/system/functions']);
    }
  });

  it('tells its callback of failures of the function', async () => {
    await start();
    await withCallback('echo-fn/bare?status=418');
    await until(() => callbacks.got.length === 1);
    expect(callbacks.got[0]?.headers).toMatchObject({ 'x-function-status': '418', 'x-own': 'kept' });
  });

  it('may come in chunks, may wait for 100 Continue, and is forgotten when its caller leaves', async () => {
    await start();
    const sent = request(`${gateway.url}/async-function/echo-fn/echo`, {
      method: 'POST',
      headers: { expect: '100-continue', 'transfer-encoding': 'chunked', 'x-callback-url': callbacks.url },
    });
    sent.flushHeaders();
    await new Promise((resolve) => sent.once('continue', resolve));
    sent.end('chunks');
    await until(() => callbacks.got.length === 1);
    expect(String(callbacks.got[0]?.body)).toBe('chunks');
    const leaving = request(`${gateway.url}/async-function/echo-fn`, { method: 'POST' }).on('error', () => {});
    leaving.write('half'.repeat(100_000));
    await until(() => readdirSync(folder('incoming')).length === 1);
    leaving.destroy();
    await until(() => readdirSync(folder('incoming')).length === 0);
    await until(empty);
  });

  it.each(['ftp://a/b', 'nowhere', `http://a/${'x'.repeat(5000)}`])(
    'is refused with the callback %.20s',
    async (url) => {
      await start();
      expect((await queue('echo-fn', { headers: { 'x-callback-url': url } })).status).toBe(400);
    },
  );

  it('is only ever POST', async () => {
    await start();
    for (const method of ['GET', 'PUT', 'OPTIONS', 'DELETE']) {
      expect(await queue('echo-fn', { method })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    }
  });
});

describe('when a function fails', () => {
  it('the call is tried again until it succeeds', async () => {
    await start();
    await withCallback('echo-fn/flaky?key=a&times=2');
    await until(() => callbacks.got.length === 1);
    expect(String(callbacks.got[0]?.body)).toBe('3');
  });

  it('for good, the call is given up where a person finds it, and the callback told', async () => {
    await start();
    await withCallback('echo-fn/flaky?key=b&times=99&status=500', { body: 'what was sent' });
    await until(() => callbacks.got.length === 1 && dead().length === 1);
    expect(callbacks.got[0]?.headers['x-function-status']).toBe('500');
    expect(story()).toMatchObject({
      reason: 'The function answered 500 at the last of 3 attempts.',
      lastStatus: 500,
      attempts: 3,
      name: 'echo-fn',
      path: '/flaky?key=b&times=99&status=500',
      acceptedAt: expect.stringMatching(/Z$/),
    });
    expect(readFileSync(path.join(folder('dead'), dead()[0]!, 'body'), 'utf8')).toBe('what was sent');
    await until(empty);
    await until(async () => (await call(gateway.metricsUrl!)).text.includes('gateway_async_dead_letters 1\n'));
  });

  it('by saying "not now" (429), the attempts do not count', async () => {
    await start();
    await withCallback('echo-fn/flaky?key=c&times=6&status=429');
    await until(() => callbacks.got.length === 1);
    expect(callbacks.got[0]?.headers['x-function-status']).toBe('200');
  });

  it('by breaking its answer off, the call is tried again', async () => {
    await start();
    await withCallback('echo-fn/crash-midway');
    await until(() => dead().length === 1);
    expect(story()).toMatchObject({ attempts: 3, reason: 'The function broke off its answer.' });
  });

  it('because there is none of that name, the call is accepted and given up', async () => {
    await start();
    expect((await withCallback('none')).status).toBe(202);
    await until(() => callbacks.got.length === 1 && dead().length === 1);
    const [told] = callbacks.got;
    expect(told?.headers).toMatchObject({ 'x-function-status': '404', 'x-function-name': 'none' });
    expect(String(told?.body)).toMatch(/^error finding function none\.openfaas-fn: /);
    expect(story().reason).toBe('No function of that name is deployed.');
  });
});

describe('when a callback fails', () => {
  it('it is told again, and the function is not called again', async () => {
    await start();
    callbacks.statuses.push(503, 500, 200);
    await withCallback('echo-fn/flaky?key=d&times=0');
    await until(() => callbacks.got.length === 3);
    expect(callbacks.got.map(({ body }) => String(body))).toEqual(['1', '1', '1']);
    await until(empty);
    expect(dead()).toEqual([]);
  });

  it('for good, the answer is kept with the call', async () => {
    await start();
    callbacks.statuses.push(404);
    await withCallback('echo-fn/echo', { body: 'worked out' });
    await until(() => dead().length === 1);
    expect(callbacks.got).toHaveLength(1);
    expect(story().reason).toBe('Its callback answered 404.');
    expect(readFileSync(path.join(folder('dead'), dead()[0]!, 'answer'), 'utf8')).toMatch(/^\{.*\}\nworked out$/);
  });
});

describe('bounds', () => {
  const limits = { jobs: 2, bytes: 10_000, body: 6000 };

  it('so many calls, so large a body, so much in all', async () => {
    await start({ queue: { limits, concurrency: 1 } });
    expect(await queue('echo-fn', { body: Buffer.alloc(6001) })).toMatchObject({ status: 413 });
    const chunked = { headers: { 'transfer-encoding': 'chunked' }, body: Buffer.alloc(6001) };
    expect(await queue('echo-fn', chunked)).toMatchObject({ status: 413 });
    const file = path.join(gateway.folder, 'done');
    const slow = `echo-fn/held?file=${file}`;
    expect((await queue(slow, { body: Buffer.alloc(6000) })).status).toBe(202);
    expect(await queue(slow, { body: Buffer.alloc(5000) })).toMatchObject({
      status: 507,
      text: 'The queue has no more room (10 KiB).\n',
    });
    expect((await queue(slow)).status).toBe(202);
    const full = await queue(slow);
    expect([full.status, full.headers['retry-after']]).toEqual([429, '5']);
    writeFileSync(file, '');
    await until(async () => (await queue('echo-fn')).status === 202);
  });

  it('so many deliveries at once, and so many as a function takes', async () => {
    const functions = { 'echo-fn': { environment: { max_inflight: '2' }, labels: { 'com.openfaas.scale.max': '1' } } };
    await start({ functions, queue: { limits: { ...limits, jobs: 100 }, concurrency: 5 } });
    await Promise.all(Array.from({ length: 12 }, () => withCallback('echo-fn/crowd?least=2')));
    await until(() => callbacks.got.length === 12);
    expect(Math.max(...callbacks.got.map(({ body }) => Number(body)))).toBe(2);
  });
});
