import { afterEach, describe, expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import type { Model } from './models.ts';
import { type PoolSettings, WorkerPool } from './pool.ts';
import type { Job } from './protocol.ts';

/*
 * Real threads that run a script instead of graphs: each text says what happens to it. Shared memory counts the tries,
 * so that a replacement worker knows of its predecessor.
 */
const script = `
  import { parentPort } from 'node:worker_threads';
  let seen = 0;
  const result = (...data) => ({ result: { data: Float32Array.from(data), timings: {} } });
  const outcome = async (tries, job, size) => {
    const order = ++seen;
    const [word, number] = (job.texts?.[0] ?? 'image ' + job.bytes.length).split(' ');
    if (word === 'die') { tries[0] += 1; if (tries[0] <= Number(number)) process.exit(7); }
    if (word === 'throw') throw new Error('not ours');
    if (word === 'hang') for (;;) tries[1] = 1;
    if (word === 'refuse') return { failure: { code: 'picture-damaged', detail: 'It is.' } };
    const ms = { note: 40, wait: number }[word];
    if (ms) await new Promise((done) => setTimeout(done, ms));
    if (word === 'note') tries[1] = Number(number);
    return result(order, Number(number), size);
  };
  parentPort.on('message', async ({ id, model, jobs, close }) => {
    if (close) return parentPort.close();
    const tries = new Int32Array(model);
    const outcomes = await Promise.all(jobs.map((job) => outcome(tries, job, jobs.length)));
    parentPort.postMessage({ id, outcomes });
  });
`;
const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);

type Pool = WorkerPool<Job, Float32Array>;
const pools: Pool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function start(settings: Partial<PoolSettings> = {}) {
  const pool: Pool = new WorkerPool({ url, workers: 1, start: { threads: 1 }, ...settings });
  pools.push(pool);
  const model = new SharedArrayBuffer(8) as unknown as Model;
  return {
    pool,
    model,
    tries: new Int32Array(model as unknown as SharedArrayBuffer),
    say: (text: string, signal?: AbortSignal, other = model) =>
      pool.run(other, { kind: 'texts', texts: [text] }, signal),
    show: (bytes: Uint8Array) => pool.run(model, { kind: 'pixels', bytes }),
  };
}

describe('a worker that dies', () => {
  test('is replaced, and the request it had is answered', async () => {
    const { say, pool } = start();
    const answers = await Promise.all([say('die 1'), say('wait 5'), say('wait 6')]);
    expect(answers.map(({ data }) => data[1])).toEqual([1, 5, 6]);
    expect(pool.deaths).toBe(1);
  });

  test('twice over one request fails that request only', async () => {
    const { say, tries } = start();
    const [bad, good] = await Promise.allSettled([say('die 9'), say('wait 3')]);
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/two workers/) },
    });
    expect(good).toMatchObject({ status: 'fulfilled' });
    expect(tries[0]).toBe(2);
    expect((await say('wait 0')).data[0]).toBeGreaterThan(0);
  });

  test('of an exception is reported with it', async () => {
    const { say } = start();
    await expect(say('throw')).rejects.toMatchObject({ cause: { message: 'not ours' } });
  });
});

test('a stuck job is a timed-out problem, and its worker is replaced', async () => {
  const { say, pool } = start({ stuckAfter: 2_000 });
  await expect(say('hang')).rejects.toMatchObject({ code: 'timed-out' });
  expect((await say('wait 0')).data[0]).toBe(1);
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
  expect((await say('wait 0')).data[0]).toBe(3);
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
  expect(answers.map(({ data }) => data[0])).toEqual([1, 1, 2, 2, 3]);
  expect(answers[4]?.timings.queue).toBeGreaterThan(20);
});

test('a picture is sent as its own bytes only, and is still the caller’s afterwards', async () => {
  const { show } = start();
  const body = new Uint8Array(100_000);
  const part = body.subarray(10, 30);
  expect((await show(part)).data[1]).toBe(20);
  expect(part.length).toBe(20);
});

describe('waiting jobs are sent in batches', () => {
  const four = () => 4;
  /** The batch size of each job. */
  const sizes = (answers: { data: Float32Array }[]) => answers.map(({ data }) => data[2]);

  test('of at most batchSize, in order; no job waits to fill one', async () => {
    const { say } = start({ batchSize: four });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => say(`wait ${i}`)));
    expect(sizes(answers)).toEqual([1, 1, 4, 4, 4, 4, 2, 2]);
    expect(answers.map(({ data }) => data[1])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('of one job by default, and never of several kinds or models', async () => {
    const plain = start();
    expect(sizes(await Promise.all(Array.from({ length: 5 }, () => plain.say('wait 1'))))).toEqual([1, 1, 1, 1, 1]);
    const { say, show } = start({ batchSize: four });
    const other = new SharedArrayBuffer(8) as unknown as Model;
    const ask = ['a', 'a', 'a', 'b', 'b', 'c', 'a'];
    const answers = await Promise.all(
      ask.map((what) =>
        what === 'c' ? show(Uint8Array.of(1)) : say('wait 5', undefined, what === 'b' ? other : undefined),
      ),
    );
    expect(sizes(answers)).toEqual([1, 1, 1, 2, 2, 1, 1]);
  });

  test('a bad job fails alone', async () => {
    const { say } = start({ batchSize: four });
    const words = ['wait 1', 'wait 1', 'wait 1', 'refuse', 'wait 1'];
    const answers = await Promise.allSettled(words.map((word) => say(word)));
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(answers[4]).toMatchObject({ value: { data: Float32Array.of(5, 1, 3) } });
  });

  test('after a job kills its worker, each job of the batch runs alone, and none is lost', async () => {
    const { say, pool, tries } = start({ batchSize: four });
    const words = ['wait 30', 'wait 30', 'wait 1', 'die 9', 'wait 2', 'wait 3'];
    const answers = await Promise.allSettled(words.map((word) => say(word)));
    expect(answers.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    ]);
    const batches = answers.map((one) => (one.status === 'fulfilled' ? one.value.data[2] : undefined));
    expect(batches).toEqual([1, 1, 1, undefined, 1, 1]);
    expect([pool.deaths, tries[0]]).toEqual([2, 2]);
  });

  test('a caller who leaves before the batch is sent is not in it; one who leaves later hears at once', async () => {
    const { say } = start({ batchSize: four });
    const leaving = new AbortController();
    const running = [say('wait 40'), say('wait 40')];
    const waiting = [say('wait 60'), say('wait 1', leaving.signal), say('wait 1')];
    leaving.abort(new Error('left'));
    await expect(waiting[1]).rejects.toThrow('left');
    await Promise.all(running);
    const late = new AbortController();
    const last = [say('wait 5'), say('wait 80', late.signal)];
    expect(sizes(await Promise.all([waiting[0]!, waiting[2]!]))).toEqual([2, 2]);
    late.abort(new Error('left late'));
    await expect(last[1]).rejects.toThrow('left late');
    expect((await last[0]!).data[1]).toBe(5);
  });

  test('every job of a stuck batch times out', async () => {
    const { say, pool } = start({ batchSize: four, stuckAfter: 2_000 });
    // The start of a thread on a busy machine would count as stuck.
    await say('wait 0');
    const words = ['wait 1', 'wait 1', 'hang', 'wait 1'];
    const answers = await Promise.allSettled(words.map((word) => say(word)));
    expect(answers.slice(2)).toMatchObject([{ reason: { code: 'timed-out' } }, { reason: { code: 'timed-out' } }]);
    expect((await say('wait 0')).data[0]).toBe(1);
    expect(pool.deaths).toBe(1);
  });
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
