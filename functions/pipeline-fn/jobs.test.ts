import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Problem } from '#contract/problems';
import type { FunctionContext } from '#handler';
import { openStore } from '#storage/store';
import { eventOf } from '../../test/events.ts';
import handle from './handler.ts';
import { type Job, loadJob } from './job-record.ts';
import { type StandIn, standInGateway } from './testing.ts';

/* What a queue does on a bad day: it refuses, it loses, it delivers twice. */

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-job-records-'));
let gateway: StandIn | undefined;
let png: Buffer;

beforeAll(async () => {
  vi.stubEnv('STORE_URL', `file:${folder}`);
  png = await sharp({ create: { width: 8, height: 4, channels: 3, background: '#204060' } })
    .png()
    .toBuffer();
});
afterEach(() => gateway?.stop());
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

interface Answered {
  status: number;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
  value: any;
}

async function ask(
  method: string,
  at: string,
  body: Buffer | string = '',
  query = {},
  signal = new AbortController().signal,
): Promise<Answered> {
  const answered: Answered = { status: 200, headers: {}, value: undefined };
  const context = {
    status(code: number) {
      answered.status = code;
      return context;
    },
    headers(values: Record<string, unknown>) {
      answered.headers = values;
      return context;
    },
    succeed(value: unknown) {
      answered.value = value;
    },
  };
  await handle(eventOf({ method, path: at, body, query, signal }), context as unknown as FunctionContext);
  return answered;
}

/** A queue that promises and never delivers, as one in memory that was restarted. */
const forgetful = () => standInGateway((_, response) => void response.writeHead(202).end());
const change = async (id: string, values: Partial<Job>): Promise<void> => {
  const store = openStore();
  const job = Object.assign(await loadJob(store, id), values);
  await store.put(`jobs/${id}`, Buffer.from(JSON.stringify(job)));
};
const files = () =>
  ['jobs', 'uploads'].flatMap((area) => {
    try {
      return readdirSync(path.join(folder, area));
    } catch {
      return [];
    }
  });

test('a message carries the job’s id, no picture, and the callback as OpenFaaS wants it', async () => {
  gateway = await forgetful();
  const query = { steps: 'rotate:90', callback: 'http://example.org/done' };
  const { status, headers, value } = await ask('POST', '/jobs', png, query);
  expect([status, headers.location, value.state]).toEqual([202, `/function/pipeline-fn/jobs/${value.id}`, 'queued']);
  const [message] = gateway.calls;
  expect(message?.url).toBe(`/async-function/pipeline-fn/jobs/${value.id}/run`);
  expect(message?.body.toString()).toBe(JSON.stringify({ job: value.id }));
  expect(message?.headers['x-callback-url']).toBe('http://example.org/done');
});

test.each(['/', '/jobs'])('senders that stop in the middle hold no place at %s', async (at) => {
  gateway = await forgetful();
  const bodies = Array.from({ length: 24 }, () => new Readable({ read() {} }));
  const stalled = bodies.map(async (body) => {
    body.push(png.subarray(0, 20));
    const event = eventOf({ path: at, query: { steps: 'rotate:90' } });
    await expect(handle({ ...event, body }, {} as FunctionContext)).rejects.toThrow();
  });
  expect((await ask('POST', '/jobs', png, { steps: 'rotate:90' })).status).toBe(202);
  await expect(ask('POST', '/', png, { steps: 'rotate:90' })).rejects.toMatchObject({ code: 'function-failed' });
  for (const body of bodies) body.destroy(new Error('the sender left'));
  await Promise.all(stalled);
});

test('a job that the queue refuses is told so, and leaves nothing behind', async () => {
  gateway = await standInGateway((_, response) => void response.writeHead(500).end('Error queuing request'));
  const before = files();
  await expect(ask('POST', '/jobs', png, { steps: 'rotate:90' })).rejects.toMatchObject({ code: 'function-failed' });
  expect(files()).toEqual(before);
});

test('a job whose worker died goes into the queue again, three times, and then has failed', async () => {
  gateway = await forgetful();
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  for (let times = 1; times <= 3; times++) {
    await change(id, { state: 'running', attempts: times - 1, lease: Date.now() - 1 });
    expect((await ask('GET', `/jobs/${id}`)).value.state).toBe('queued');
    expect(gateway.calls).toHaveLength(1 + times);
  }
  await change(id, { state: 'running', lease: Date.now() - 1 });
  const { value } = await ask('GET', `/jobs/${id}`);
  expect(value).toMatchObject({ state: 'failed', error: { code: 'function-failed' } });
  expect((await ask('GET', `/jobs/${id}`)).value.state).toBe('failed');
  expect(gateway.calls).toHaveLength(4);
});

test('a queue that is away just then costs a lost job nothing', async () => {
  let away = false;
  gateway = await standInGateway((_, response) => void response.writeHead(away ? 502 : 202).end());
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  await change(id, { state: 'running', attempts: 1, lease: Date.now() - 1 });
  away = true;
  for (let times = 0; times < 5; times++) expect((await ask('GET', `/jobs/${id}`)).value.state).toBe('running');
  away = false;
  expect((await ask('GET', `/jobs/${id}`)).value.state).toBe('queued');
});

test('a delivery while another worker lives is put off; one of a finished job changes nothing', async () => {
  gateway = await forgetful();
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  await change(id, { state: 'running', attempts: 1, lease: Date.now() + 9_000 });
  await expect(ask('POST', `/jobs/${id}/run`)).rejects.toMatchObject({ code: 'busy', headers: { 'retry-after': '9' } });
  await change(id, { state: 'done' });
  expect((await ask('POST', `/jobs/${id}/run`)).value).toMatchObject({ state: 'done', attempts: 1 });
});

test('a picture that kills its workers kills no fourth one', async () => {
  gateway = await forgetful();
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  await change(id, { state: 'running', attempts: 3, lease: Date.now() - 1 });
  expect((await ask('POST', `/jobs/${id}/run`)).value).toMatchObject({ state: 'failed', attempts: 3 });
  expect(gateway.calls).toHaveLength(1);
});

test('what fails in passing is tried by the next delivery; the third time it has failed', async () => {
  gateway = await standInGateway(({ url }, response) => {
    response.writeHead(url.startsWith('/async-function') ? 202 : 503).end();
  });
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90,timeout=0.3' })).value;
  for (let times = 1; times <= 2; times++) {
    await expect(ask('POST', `/jobs/${id}/run`)).rejects.toSatisfy(
      ({ status }: Problem) => status === 502 || status === 504,
    );
    expect((await ask('GET', `/jobs/${id}`)).value).toMatchObject({ state: 'queued', attempts: times });
  }
  expect((await ask('POST', `/jobs/${id}/run`)).value).toMatchObject({ state: 'failed', attempts: 3 });
});

test('while the store is away nothing is lost: the queue is told to come back', async () => {
  gateway = await standInGateway(({ url, body }, response) => {
    if (url.startsWith('/async-function')) response.writeHead(202).end();
    else response.writeHead(200, { 'content-type': 'image/png' }).end(body);
  });
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  const away = { code: 'store-unavailable', status: 503 };
  const elsewhere = `${folder}-elsewhere`;
  renameSync(folder, elsewhere);
  writeFileSync(folder, 'no folder');
  await expect(ask('POST', `/jobs/${id}/run`)).rejects.toMatchObject(away);
  await expect(ask('GET', `/jobs/${id}`)).rejects.toMatchObject(away);
  await expect(ask('POST', '/jobs', png, { steps: 'rotate:90' })).rejects.toMatchObject(away);
  rmSync(folder);
  renameSync(elsewhere, folder);

  // It goes away in the middle: there is no place for the result.
  writeFileSync(path.join(folder, 'results'), 'no folder');
  await expect(ask('POST', `/jobs/${id}/run`)).rejects.toMatchObject(away);
  expect((await ask('GET', `/jobs/${id}`)).value).toMatchObject({ state: 'queued', attempts: 1 });
  rmSync(path.join(folder, 'results'));
  expect((await ask('POST', `/jobs/${id}/run`)).value).toMatchObject({ state: 'done', attempts: 2, done: 1 });
});

test('restarts of the gateway are no attempts, however many there are', async () => {
  gateway = await standInGateway(({ url, body }, response) => {
    if (url.startsWith('/async-function')) response.writeHead(202).end();
    else response.writeHead(200, { 'content-type': 'image/png' }).end(body);
  });
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  const cutOff = { state: 'running', attempts: 3, requeued: 3, run: 'a life before', lease: Date.now() - 1 } as const;
  vi.stubEnv('gateway_run', 'this life');
  // Who looks at it puts it into the queue again; who gets it delivered works on it.
  await change(id, cutOff);
  expect((await ask('GET', `/jobs/${id}`)).value).toMatchObject({ state: 'queued', attempts: 2 });
  await change(id, cutOff);
  expect((await ask('POST', `/jobs/${id}/run`)).value).toMatchObject({ state: 'done', attempts: 3 });
  // One whose gateway lives was ended by something else.
  const other = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  await change(other.id, { ...cutOff, run: 'this life' });
  expect((await ask('GET', `/jobs/${other.id}`)).value.state).toBe('failed');
  vi.stubEnv('gateway_run', '');
});

test('an attempt whose caller goes away with the gateway does not count', async () => {
  let stop: AbortController | undefined;
  gateway = await standInGateway(({ url, body }, response) => {
    if (url.startsWith('/async-function')) response.writeHead(202).end();
    // As when the gateway ends: neither the delivery nor the calls of its steps come to anything.
    else if (stop) stop.abort();
    else response.writeHead(200, { 'content-type': 'image/png' }).end(body);
  });
  const { id } = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  for (let times = 1; times <= 4; times++) {
    stop = new AbortController();
    await expect(ask('POST', `/jobs/${id}/run`, '', {}, stop.signal)).rejects.toThrow();
    expect((await ask('GET', `/jobs/${id}`)).value).toMatchObject({ state: 'queued', attempts: 0 });
  }
  stop = undefined;
  expect((await ask('POST', `/jobs/${id}/run`)).value).toMatchObject({ state: 'done', attempts: 1 });
});

test('a job past its time is 410, its picture past its time says so', async () => {
  gateway = await forgetful();
  const first = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  await change(first.id, { expires: Date.now() - 1 });
  await expect(ask('GET', `/jobs/${first.id}`)).rejects.toMatchObject({ code: 'expired', status: 410 });
  const second = (await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value;
  await openStore().delete(`uploads/${second.id}-0`);
  expect((await ask('POST', `/jobs/${second.id}/run`)).value).toMatchObject({
    state: 'failed',
    error: { code: 'expired' },
  });
});

test('jobs, however many the queue brings, leave places for those who wait', async () => {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  gateway = await standInGateway(async ({ url }, response) => {
    if (url.startsWith('/async-function')) return void response.writeHead(202).end();
    if (url.includes('rotate-fn')) await held;
    response.writeHead(200, { 'content-type': 'image/png' }).end(png);
  });
  const ids: string[] = [];
  for (let count = 0; count < 12; count++) ids.push((await ask('POST', '/jobs', png, { steps: 'rotate:90' })).value.id);
  const runs = ids.map((id) => ask('POST', `/jobs/${id}/run`));
  await vi.waitFor(() => expect(rotations()).toBe(4), 20_000);
  const { value } = await ask('POST', '/', png, { steps: 'grayscale' });
  expect(value.steps).toMatchObject([{ function: 'grayscale-fn' }]);
  expect(rotations()).toBe(4);
  letGo();
  for (const { value } of await Promise.all(runs)) expect(value.state).toBe('done');
});
const rotations = (): number =>
  (gateway?.calls ?? []).filter(({ url }) => url.startsWith('/function/rotate-fn')).length;
