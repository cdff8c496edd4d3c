import { afterEach, describe, expect, test } from 'vitest';
import { Problem } from '#platform/problems';
import type { Model } from './models.ts';
import { WorkerPool } from './pool.ts';

/*
 * Real threads with a script in place of the graphs: each text says what happens to it.
 * The count of tries lies in shared memory, so that a replacement worker knows of its predecessor.
 */
const script = `
  import { parentPort } from 'node:worker_threads';
  const finish = (id, vectors = []) => parentPort.postMessage({ id, result: { vectors: Float32Array.from(vectors), timings: {} } });
  let seen = 0;
  parentPort.on('message', ({ id, model, job, close }) => {
    if (close) return parentPort.close();
    const order = ++seen;
    const [word, number] = (job.texts?.[0] ?? 'image ' + job.bytes.length).split(' ');
    const tries = new Int32Array(model);
    if (word === 'die') { tries[0] += 1; if (tries[0] <= Number(number)) process.exit(7); }
    if (word === 'note') return setTimeout(() => { tries[1] = Number(number); finish(id); }, 40);
    if (word === 'throw') throw new Error('not ours');
    if (word === 'hang') for (;;) tries[1] = 1;
    if (word === 'refuse') return parentPort.postMessage({ id, failure: { code: 'picture-damaged', detail: 'It is.' } });
    setTimeout(() => finish(id, [order, Number(number)]), word === 'wait' ? Number(number) : 0);
  });
`;
const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);

const pools: WorkerPool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function start(settings: { workers?: number; stuckAfter?: number } = {}) {
  const pool = new WorkerPool({ url, workers: 1, threads: 1, ...settings });
  pools.push(pool);
  const model = new SharedArrayBuffer(8) as unknown as Model;
  return {
    pool,
    tries: new Int32Array(model as unknown as SharedArrayBuffer),
    say: (text: string, signal?: AbortSignal) => pool.run(model, { kind: 'texts', texts: [text] }, signal),
    show: (bytes: Uint8Array) => pool.run(model, { kind: 'image', bytes, rules: { exif: 'orient', maxPixels: 1 } }),
  };
}

describe('a worker that dies', () => {
  test('is replaced, and the request it had is answered', async () => {
    const { say, pool } = start();
    const answers = await Promise.all([say('die 1'), say('wait 5'), say('wait 6')]);
    expect(answers.map(({ vectors }) => vectors[1])).toEqual([1, 5, 6]);
    expect(pool.deaths).toBe(1);
  });

  test('twice over one request fails that request only', async () => {
    const { say, tries } = start();
    const [bad, good] = await Promise.allSettled([say('die 9'), say('wait 3')]);
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/two inference workers/) },
    });
    expect(good).toMatchObject({ status: 'fulfilled' });
    expect(tries[0]).toBe(2);
    expect((await say('wait 0')).vectors[0]).toBeGreaterThan(0);
  });

  test('of an exception is reported with it', async () => {
    const { say } = start();
    await expect(say('throw')).rejects.toMatchObject({ cause: { message: 'not ours' } });
  });
});

test('a stuck job is a timed-out problem, and its worker is replaced', async () => {
  const { say, pool } = start({ stuckAfter: 2_000 });
  await expect(say('hang')).rejects.toMatchObject({ code: 'timed-out' });
  expect((await say('wait 0')).vectors[0]).toBe(1);
  expect(pool.deaths).toBe(1);
});

test('a caller who leaves is answered at once; a job that waited is never begun', async () => {
  const { say, pool } = start();
  const leaving = new AbortController();
  const running = [say('wait 60', leaving.signal), say('wait 60')];
  const waiting = say('wait 1', leaving.signal);
  leaving.abort(new Problem('timed-out', 'Too late.'));
  await expect(running[0]).rejects.toMatchObject({ code: 'timed-out' });
  await expect(waiting).rejects.toMatchObject({ code: 'timed-out' });
  expect(pool.waiting).toBe(0);
  await running[1];
  expect((await say('wait 0')).vectors[0]).toBe(3);
});

test('a signal that is aborted already starts nothing', async () => {
  const { say } = start();
  await expect(say('wait 1', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
});

test("a job's own problem comes back as one", async () => {
  const { say } = start();
  const error = await say('refuse').catch((reason) => reason);
  expect(error).toBeInstanceOf(Problem);
  expect(error).toMatchObject({ code: 'picture-damaged', status: 422, message: 'It is.' });
});

test('work spreads over the workers, and what waited is told', async () => {
  const { say } = start({ workers: 2 });
  const answers = await Promise.all([say('wait 40'), say('wait 40'), say('wait 40'), say('wait 40'), say('wait 40')]);
  expect(answers.map(({ vectors }) => vectors[0])).toEqual([1, 1, 2, 2, 3]);
  expect(answers[4]?.timings.queue).toBeGreaterThan(20);
});

test('a picture is sent as its own bytes only, and is still the caller’s afterwards', async () => {
  const { show } = start();
  const body = new Uint8Array(100_000);
  const part = body.subarray(10, 30);
  expect((await show(part)).vectors[1]).toBe(20);
  expect(part.length).toBe(20);
});

test('closing answers whoever still waits', async () => {
  const { say, pool } = start();
  const all = Promise.allSettled([say('wait 5000'), say('wait 5000'), say('wait 5000')]);
  await pool.close();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expect(say('wait 1')).rejects.toThrow();
});

test('closing lets a worker finish what it is in', async () => {
  const { say, pool, tries } = start();
  const running = say('note 5').catch((error) => error);
  await say('wait 1');
  await pool.close();
  expect(await running).toMatchObject({ code: 'busy' });
  expect(tries[1]).toBe(5);
});
