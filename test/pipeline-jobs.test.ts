import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startS3 } from '#storage/store.testing';
import { formOf } from './events.ts';
import { picture } from './pictures.ts';
import { GATEWAY_URL, type System, startSystem } from './system.ts';

/* Jobs through the gateway's real queue, with a folder as store and, where there is a server of it, with S3. */

// Functions start from nothing, on machines that may be busy.
vi.setConfig({ testTimeout: GATEWAY_URL ? 300_000 : 60_000 });

const STEPS = 'denoise;rotate:90;classify:labels=cat|dog,minCosine=0';
const folder = mkdtempSync(path.join(tmpdir(), 'obscura-jobs-'));
const s3 = GATEWAY_URL ? undefined : await startS3();
let png: Buffer;
/** With a folder as store. */
let local: System;

/** A system with a state of its own. */
function systemWith(env: Record<string, string>): Promise<System> {
  return startSystem({
    GATEWAY_CALLBACK_NETWORKS: '127.0.0.0/8',
    ...env,
    GATEWAY_STATE: mkdtempSync(path.join(folder, 'state-')),
  });
}

beforeAll(async () => {
  png = await picture(96, 64).png().toBuffer();
  local = await systemWith({ STORE_URL: `file:${path.join(folder, 'store')}` });
});
afterAll(async () => {
  await local?.stop();
  s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Sent {
  query?: Record<string, string>;
  body?: Buffer | string;
  headers?: Record<string, string>;
  method?: string;
}

function caller(system: () => System) {
  return (at: string, { query = {}, body, headers = {}, method = 'POST' }: Sent = {}) =>
    fetch(`${system().url}${at.startsWith('/') ? at : `/function/${at}`}?${new URLSearchParams(query)}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body !== undefined && { body: new Uint8Array(Buffer.from(body as string)) }),
    });
}
type Call = ReturnType<typeof caller>;

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
const json = (response: Response): Promise<any> => response.json();
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

async function post(call: Call, sent: Sent): Promise<string> {
  const response = await call('frontend-fn/jobs', sent);
  expect([response.status, await response.clone().text()]).toEqual([202, expect.any(String)]);
  return response.headers.get('location') as string;
}

async function finished(call: Call, location: string, seconds = GATEWAY_URL ? 240 : 40) {
  for (const until = Date.now() + seconds * 1_000; Date.now() < until; ) {
    const job = await json(await call(location, { method: 'GET' }));
    if (job.state !== 'queued' && job.state !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the job did not end');
}

const STORES: [kind: string, there: boolean][] = [
  ['a folder', true],
  ['S3 (needs versitygw)', s3 !== undefined],
];

describe.each(GATEWAY_URL ? [['what it has', true] as const] : STORES)('with %s as store', (kind, there) => {
  if (!there) return test.skip('a job', () => undefined);
  let system: System;
  const call = caller(() => system);
  beforeAll(async () => {
    system = kind.startsWith('S3') ? await systemWith({ STORE_URL: s3?.url ?? '', ...s3?.env }) : local;
  });
  afterAll(() => (system === local ? undefined : system?.stop()));

  test('a job ends with the very bytes and labels that a request ends with', async () => {
    const location = await post(call, { query: { steps: STEPS }, body: png });
    expect(location).toMatch(/^\/function\/frontend-fn\/jobs\/[0-9a-f]{40}$/);
    const job = await finished(call, location);
    expect(job).toMatchObject({ state: 'done', attempts: 1, done: 3, of: 3 });

    const direct = await call('pipeline-fn', { query: { steps: STEPS, output: 'picture' }, body: png });
    const answer = await json(await call('pipeline-fn', { query: { steps: STEPS }, body: png }));
    expect(job.labels).toEqual(answer.labels);
    const wanted = await bytesOf(direct);
    const url = new URL(job.picture.url, system.url);
    const got = await fetch(url);
    expect(got.headers.get('content-type')).toBe('image/png');
    expect((await bytesOf(got)).equals(wanted)).toBe(true);
    expect((await bytesOf(await call(`${location}/pictures/0/last`, { method: 'GET' }))).equals(wanted)).toBe(true);
    expect(job.steps.map(({ name, ref }: { name: string; ref?: string }) => [name, ref !== undefined])).toEqual([
      ['denoise', true],
      ['rotate', true],
      ['classify', false],
    ]);
    const turned = await call('resize-fn', { body: JSON.stringify({ ref: job.picture.ref, width: 10 }) });
    expect(turned.headers.get('x-image-width')).toBe('10');
    const png2 = await bytesOf(await call(`${location}/timeline.png`, { method: 'GET' }));
    expect((await sharp(png2).metadata()).format).toBe('png');
    expect(await (await call(`${location}/latency.md`, { method: 'GET' })).text()).toContain(
      '| denoise | denoise-fn | 1 |',
    );
  });

  test('a delivery that comes twice changes nothing', async () => {
    const location = await post(call, { query: { steps: 'rotate:90' }, body: png });
    const before = await finished(call, location);
    const again = await call(`${location.replace('frontend-fn', 'pipeline-fn')}/run`);
    expect(again.status).toBe(200);
    const { updated, attempts, picture: made } = await json(again);
    expect([updated, attempts, made.ref]).toEqual([before.updated, 1, before.picture.ref]);
  });
});

describe('jobs', () => {
  const call = caller(() => local);

  test('fifty at once all end, each with its own picture', async () => {
    const widths = Array.from({ length: 50 }, (_, index) => index + 10);
    const locations = await Promise.all(
      widths.map((width) => post(call, { query: { steps: `resize:width=${width}` }, body: png })),
    );
    expect(new Set(locations).size).toBe(50);
    const jobs = await Promise.all(locations.map((location) => finished(call, location)));
    expect(jobs.map(({ state, steps }) => [state, steps[0].width])).toEqual(widths.map((width) => ['done', width]));
  });

  test('a batch with a bad picture is done, with what is wrong beside the others', async () => {
    const form = await formOf([
      ['images', new Blob([new Uint8Array(png)]), 'a.png'],
      ['images', new Blob(['This is a letter, not a picture.']), 'b.png'],
    ]);
    const job = await finished(call, await post(call, { query: { steps: 'rotate:90' }, ...form }));
    expect(job.state).toBe('done');
    expect(job.pictures[1].error.code).toBe('not-a-picture');
    expect(job.pictures[0].steps[0]).toMatchObject({ width: 64, height: 96 });
  });

  test('a job whose steps cannot be done has failed and says why', async () => {
    const steps = 'classify:labels=cat,top=none';
    const job = await finished(call, await post(call, { query: { steps }, body: png }));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'option-invalid', step: 'classify' } });
  });

  test('events tell the steps; one who comes back gets only what is new', async () => {
    const location = await post(call, { query: { steps: 'rotate:90;grayscale' }, body: png });
    const text = await (await call(`${location}/events`, { method: 'GET' })).text();
    expect([...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual(['step', 'step', 'done']);
    const later = await call(`${location}/events`, { method: 'GET', headers: { 'last-event-id': '1' } });
    expect([...(await later.text()).matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual(['step', 'done']);
  });

  // The address is this machine's own loopback, unless the variable says where functions elsewhere reach it.
  const host = process.env.GATEWAY_CALLBACK_HOST ?? '127.0.0.1';

  test.skipIf(GATEWAY_URL && host === '127.0.0.1')('the gateway calls back with the finished job', async () => {
    let told: ((text: string) => void) | undefined;
    const callback = new Promise<string>((resolve) => (told = resolve));
    const server = createServer(async (request, response) => {
      told?.((await buffer(request)).toString());
      response.end();
    }).listen(0, host);
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const query = { steps: 'rotate:90', callback: `http://${host}:${port}/done` };
    const location = await post(call, { query, body: png });
    expect(JSON.parse(await callback)).toMatchObject({ state: 'done', links: { self: location } });
    server.close();
  });

  test.skipIf(process.platform !== 'linux')(
    'one whose worker is killed is done all the same',
    async () => {
      // Half a second of work a step: long enough to be killed in the middle.
      const large = await picture(1_000, 750).jpeg().toBuffer();
      const query = { steps: 'denoise:bilateral;denoise:bilateral' };
      const location = await post(call, { query, body: large });
      for (let state = 'queued'; state === 'queued'; )
        ({ state } = await json(await call(location, { method: 'GET' })));
      const killed = processesOf(local.gateway.pid as number, 'pipeline-fn');
      expect(killed.length).toBeGreaterThan(0);
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      const job = await finished(call, location, 60);
      expect(job).toMatchObject({ state: 'done', attempts: 2, done: 2 });
    },
    90_000,
  );

  test.each(['0'.repeat(40), 'nothing', '..%5c..%5cetc', 'A'.repeat(40)])('there is no job %s', async (id) => {
    for (const rest of ['', '/events', '/pictures/0/last', '/timeline.svg']) {
      const response = await call(`pipeline-fn/jobs/${id}${rest}`, { method: 'GET' });
      expect([response.status, (await json(response)).code]).toEqual([404, 'not-found']);
    }
  });

  test.each(['../../etc/passwd', 'jobs/aaaaaaaaaaaaaaaaaaaaaaaa', 'feedback/aaaaaaaaaaaaaaaaaaaaaaaa', ''])(
    'the ref %j names no picture',
    async (ref) => {
      const response = await call('rotate-fn', { body: JSON.stringify({ ref, angle: 90 }) });
      expect([response.status, (await json(response)).code]).toEqual([400, 'option-invalid']);
    },
  );

  test('a ref that is not there is 404', async () => {
    const response = await call('rotate-fn', { body: JSON.stringify({ ref: `results/${'a'.repeat(40)}`, angle: 90 }) });
    expect(response.status).toBe(404);
  });
});

/** Ids of a gateway's processes that run a function. */
function processesOf(gateway: number, name: string): number[] {
  const children = readdirSync(`/proc/${gateway}/task`).flatMap((task) =>
    readFileSync(`/proc/${gateway}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return children.filter((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`OPENFAAS_NAME=${name}\0`));
}

test('without a usable store a job is refused, and whatever needs none works on', async () => {
  const file = path.join(folder, 'a-file');
  writeFileSync(file, '');
  const system = await systemWith({ STORE_URL: `file:${file}` });
  const call = caller(() => system);
  try {
    const refused = await call('frontend-fn/jobs', { query: { steps: 'rotate:90' }, body: png });
    const problem = await json(refused);
    expect([refused.status, problem.code]).toEqual([503, 'store-unavailable']);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(JSON.stringify(problem)).not.toContain(folder);
    expect((await call('pipeline-fn', { query: { steps: 'rotate:90' }, body: png })).status).toBe(200);
  } finally {
    await system.stop();
  }
});
