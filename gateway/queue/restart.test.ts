import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { call, testGateway, until } from '../fixtures/gateway.ts';
import {
  aroundEachTest,
  callbacks,
  dead,
  empty,
  FUNCTIONS,
  folder,
  gateway,
  queue,
  start,
  story,
  withCallback,
} from '../fixtures/queue.ts';
import { NO_PROGRESS, progressName, readProgressName } from './job-progress.ts';

const QUEUE = { limits: { jobs: 1000, bytes: 64 * 1024 ** 2, body: 8 * 1024 ** 2 }, concurrency: 8 };
aroundEachTest();

describe('the next gateway of the folder', () => {
  it('delivers what the last one left', async () => {
    await start({ functions: { 'echo-fn': {}, 'broken-fn': {} }, drainTimeout: 100 });
    const file = path.join(gateway.folder, 'done');
    await withCallback(`echo-fn/held?file=${file}`);
    await withCallback('broken-fn', { body: 'kept' });
    await until(() => readdirSync(folder('pending')).some((name) => name.endsWith('.running')));
    await gateway.stop();
    // What the stop cut off is no attempt.
    const left = readdirSync(folder('pending')).map((name) => readProgressName(name)?.progress);
    expect(left).toEqual([NO_PROGRESS, NO_PROGRESS]);
    writeFileSync(file, '');
    await start({ folder: gateway.folder, functions: { 'echo-fn': {}, 'broken-fn': {} } });
    expect(gateway.log.join('\n')).toContain('2 queued calls of the last time are taken up again');
    await until(() => callbacks.got.length === 1);
    expect(callbacks.got[0]?.headers['x-function-name']).toBe('echo-fn');
  });

  it('keeps the pauses of calls and of callbacks', async () => {
    const annotations = { 'com.openfaas.retry.min_wait': '1h', 'com.openfaas.retry.max_wait': '1h' };
    const functions = { 'echo-fn': { annotations }, 'broken-fn': {} };
    const progress = () => readdirSync(folder('pending')).map((name) => readProgressName(name)?.progress);
    await start({ functions });
    callbacks.statuses.push(503, 200);
    await withCallback('echo-fn');
    await until(() => progress().some((one) => one?.callbackAttempts === 1));
    await withCallback('echo-fn/flaky?key=k&times=9&status=500');
    await until(() => progress().length === 2 && progress().every((one) => (one?.nextAt ?? 0) > Date.now()));
    const before = progress();
    await gateway.stop();
    await start({ folder: gateway.folder, functions });
    // Both would come before this one if they were due.
    await withCallback('echo-fn/echo', { body: 'last' });
    await until(() => callbacks.got.length === 2);
    expect(String(callbacks.got[1]?.body)).toBe('last');
    await until(() => progress().length === 2);
    expect(progress()).toEqual(before);
  });

  it('gives a call up that ended two hundred gateways', async () => {
    await start({ queue: { ...QUEUE, concurrency: 0 } });
    await queue('echo-fn', { body: 'kept'.repeat(100_000) });
    await gateway.stop();
    const [file = ''] = readdirSync(folder('pending'));
    const named = progressName(readProgressName(file)?.id ?? '', { ...NO_PROGRESS, interruptions: 199, running: true });
    renameSync(path.join(folder('pending'), file), path.join(folder('pending'), named));
    const annotations = { 'com.openfaas.retry.max_wait': '1ms' };
    await start({ folder: gateway.folder, functions: { 'echo-fn': { annotations } } });
    await until(async () => dead().length === 1 && (await empty()));
    expect(story()).toMatchObject({ reason: 'The gateway ended during 200 deliveries.', attempts: 0 });
  });

  it('has to wait its turn while the last one runs', async () => {
    await start();
    const second = await testGateway({ folder: gateway.folder, functions: FUNCTIONS });
    const answer = await call(`${second.url}/async-function/echo-fn`, { method: 'POST' });
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining('GATEWAY_STATE') });
    await second.stop();
  });
});
