import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../fixtures/gateway.ts';
import { claimFolder } from './folder-lock.ts';
import { DamagedFile, readHeaded, writeHeaded } from './headed-file.ts';
import { JOB_ID, newJobId } from './job.ts';
import { JobFiles } from './job-files.ts';
import { NO_PROGRESS, progressName, readProgressName } from './job-progress.ts';
import { Quota } from './quota.ts';
import { afterInterruption, backoff, DEFAULT_RETRY, judge, readRetryAfter } from './retry.ts';
import { DONE, Scheduler } from './scheduler.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'queue-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function* bytes(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

describe('job ids', () => {
  it('sort by time, are file names, and are never the same', () => {
    const ids = Array.from({ length: 2000 }, (_, index) => newJobId(1_700_000_000_000 + Math.floor(index / 500)));
    expect(new Set(ids).size).toBe(2000);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => JOB_ID.test(id))).toBe(true);
  });
});

describe('headed files', () => {
  it('give back head and body, however long the head', async () => {
    const file = path.join(folder, 'a');
    const head = { long: 'é'.repeat(40_000) };
    expect(await writeHeaded(file, head, bytes('one\n', 'two'), () => {})).toBe(7);
    const read = await readHeaded<typeof head>(file);
    expect(read.head).toEqual(head);
    expect(read.size).toBe(7);
    expect((await read.body().toArray()).join('')).toBe('one\ntwo');
  });

  it('are not left half written', async () => {
    const refuse = () => {
      throw new Error('no');
    };
    await expect(writeHeaded(path.join(folder, 'a'), {}, bytes('x'), refuse)).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a stale claim', () => {
  it('is taken over by one of those who try at once', async () => {
    for (let round = 0; round < 20; round++) {
      const place = mkdtempSync(path.join(folder, 'claimed-'));
      // As the socket of a killed holder: a name that nobody listens on.
      writeFileSync(path.join(place, 'lock'), '');
      const claims = await Promise.all([1, 2, 3].map(() => claimFolder(place)));
      const held = claims.filter((claim) => claim !== undefined);
      expect(held).toHaveLength(1);
      await held[0]?.();
    }
  });
});

describe('job files', () => {
  it('whose record is damaged are set aside, answer and all', async () => {
    const files = new JobFiles(folder);
    await files.open();
    const job = { id: newJobId(), name: 'a', path: '/', headers: {}, callId: 'c', acceptedAt: 1 };
    const stored = await files.receive(job, bytes('x'), () => {});
    // Given its file.
    await files.read(stored);
    writeFileSync(path.join(folder, 'pending', progressName(job.id, NO_PROGRESS)), 'not what was written');
    await expect(files.read(stored)).rejects.toThrow(DamagedFile);
    await files.setAside(stored);
    await files.close();
    expect(readdirSync(path.join(folder, 'pending'))).toEqual([]);
    expect(readdirSync(path.join(folder, 'dead'))).toEqual([`${job.id}.unreadable`]);
  });

  it('survive what a crash leaves: half a job is forgotten, a damaged one set aside', async () => {
    const files = new JobFiles(folder);
    await files.open();
    const job = { id: newJobId(), name: 'a', path: '/', headers: {}, callId: 'c', acceptedAt: 1 };
    const stored = await files.receive(job, bytes('body'), () => {});
    await files.update(stored, { attempts: 1, nextAt: 5, running: true });
    await writeHeaded(path.join(folder, 'incoming', newJobId()), job, bytes('half'), () => {});
    await files.close();
    const damaged = newJobId();
    writeFileSync(path.join(folder, 'pending', `${damaged}.0`), 'no');
    const next = new JobFiles(folder);
    const { jobs, unreadable } = await next.open();
    await next.close();
    const kept = { id: job.id, name: 'a', acceptedAt: 1, size: 4, answered: false };
    expect(jobs).toEqual([{ ...kept, ...NO_PROGRESS, attempts: 1, nextAt: 5, running: true }]);
    expect(unreadable).toEqual([damaged]);
    expect(readdirSync(path.join(folder, 'incoming'))).toEqual([]);
    expect(readFileSync(path.join(folder, 'dead', `${damaged}.unreadable`), 'utf8')).toBe('no');
  });
});

describe('the name of a job’s file', () => {
  it('holds its progress, and those of earlier gateways are read', async () => {
    const id = newJobId();
    const progress = { attempts: 2, interruptions: 3, callbackAttempts: 4, nextAt: 1_700_000_000_000, running: true };
    for (const one of [progress, NO_PROGRESS, { ...progress, running: false }]) {
      expect(readProgressName(progressName(id, one))).toEqual({ id, progress: one });
    }
    expect(readProgressName(`${id}.7`)).toEqual({ id, progress: { ...NO_PROGRESS, attempts: 7 } });
    for (const no of [id, `${id}.x`, `${id}.1.2`, `${id}.1.2.3.4.walking`, 'lock.0', `${id}.0.0.0.0.running.0`]) {
      expect(readProgressName(no), no).toBeUndefined();
    }
    const files = new JobFiles(folder);
    await files.open();
    const job = { id, name: 'a', path: '/', headers: {}, callId: 'c', acceptedAt: 1 };
    await writeHeaded(path.join(folder, 'pending', `${id}.7`), job, bytes('old'), () => {});
    const { jobs } = await files.open();
    expect(jobs).toMatchObject([{ id, attempts: 7, nextAt: 0 }]);
    expect((await files.read(jobs[0]!)).size).toBe(3);
  });
});

describe('the claim of a folder', () => {
  it('is held by one, and can be taken over when its holder is gone', async () => {
    const first = await claimFolder(folder);
    expect(first).toBeDefined();
    expect(await claimFolder(folder)).toBeUndefined();
    await first?.();
    const second = await claimFolder(folder);
    expect(second).toBeDefined();
    await second?.();
  });

  it('is taken over from one that was killed', async () => {
    // What a killed process leaves: a socket's name without a listener.
    const leave = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() =>
      execFileSync(process.execPath, ['-e', leave, path.join(folder, 'lock')], { stdio: 'ignore' }),
    ).toThrow();
    expect(existsSync(path.join(folder, 'lock'))).toBe(true);
    const claim = await claimFolder(folder);
    expect(claim).toBeDefined();
    await claim?.();
  });

  it('works for folders whose names are too long for a socket', async () => {
    const deep = path.join(folder, 'x'.repeat(120));
    const claim = await claimFolder(deep);
    expect(claim).toBeDefined();
    expect(await claimFolder(deep)).toBeUndefined();
    await claim?.();
  });
});

describe('quota', () => {
  it('gives back what it lent, and keeps what was accepted in another life', () => {
    const quota = new Quota({ jobs: 1, bytes: 10, body: 8 });
    const old = quota.admit(50);
    expect(() => quota.admit()).toThrow('The queue is full (1 calls)');
    old.release();
    old.release();
    const share = quota.admit();
    share.takeRequest(5);
    share.takeAnswer(5);
    expect(() => share.takeAnswer(1)).toThrow('no more room');
    share.dropAnswer();
    expect(() => share.takeRequest(4)).toThrow('larger than');
    share.release();
    expect([quota.jobs, quota.bytes]).toEqual([0, 0]);
  });
});

describe('retry', () => {
  const outcome = (status: number, platform = false, retryAfter = 0) => ({ status, platform, retryAfter });

  it.each([
    [outcome(200), 1, 0, { kind: 'final' }],
    [outcome(404), 1, 0, { kind: 'final' }],
    [outcome(501), 1, 0, { kind: 'final' }],
    [outcome(501, true), 1, 0, { kind: 'again', counts: true }],
    [outcome(503), 9, 0, { kind: 'again', counts: true }],
    [outcome(503), 10, 0, { kind: 'given up' }],
    [outcome(429), 99, 0, { kind: 'again', counts: false, wait: 1000 }],
    [outcome(429, true, 7000), 1, 0, { kind: 'again', counts: false, wait: 7000 }],
    [outcome(429), 1, 25 * 3_600_000, { kind: 'given up' }],
  ])('%o at attempt %i', (given, attempts, age, verdict) => {
    expect(judge(given, attempts, age, DEFAULT_RETRY)).toMatchObject(verdict);
  });

  it('waits twice as long each time, up to a bound', () => {
    for (const [attempt, wait] of [
      [1, 1000],
      [2, 2000],
      [5, 16_000],
      [7, 60_000],
      [1000, 60_000],
    ] as const) {
      expect(backoff(attempt, DEFAULT_RETRY)).toBeGreaterThanOrEqual(wait * 0.8);
      expect(backoff(attempt, DEFAULT_RETRY)).toBeLessThanOrEqual(wait);
    }
  });

  it('is at once after a kill or two, and then ever later', () => {
    const policy = { ...DEFAULT_RETRY, minWait: 1000, maxWait: 60_000 };
    expect([1, 2].map((count) => afterInterruption(count, policy))).toEqual([0, 0]);
    expect(afterInterruption(3, policy)).toBeGreaterThanOrEqual(800);
    expect(afterInterruption(100, policy)).toBeGreaterThanOrEqual(48_000);
  });

  it('reads Retry-After, never for longer than five minutes', () => {
    expect(['2', '999999', 'soon', undefined].map((text) => readRetryAfter(text))).toEqual([2000, 300_000, 0, 0]);
    expect(readRetryAfter('Wed, 21 Oct 2026 07:28:10 GMT', Date.parse('2026-10-21T07:28:00Z'))).toBe(10_000);
    expect(readRetryAfter('Wed, 21 Oct 2020 07:28:10 GMT')).toBe(0);
  });
});

describe('scheduler', () => {
  it('keeps to its bounds, takes functions in turn, and comes back to what wants more', async () => {
    const order: string[] = [];
    const atOnce: Record<string, number> = { all: 0, a: 0, b: 0 };
    const most: Record<string, number> = { all: 0, a: 0, b: 0 };
    const again = new Set(['a3']);
    const scheduler = new Scheduler<{ name: string; id: string }>({
      concurrency: 3,
      limitOf: (name) => (name === 'a' ? 2 : 9),
      run: async ({ name, id }) => {
        for (const key of ['all', name]) most[key] = Math.max(most[key] ?? 0, ++atOnce[key]!);
        await new Promise((resolve) => setTimeout(resolve, 10));
        for (const key of ['all', name]) atOnce[key]!--;
        order.push(id);
        return again.delete(id) ? { next: 'again', afterMs: 5 } : DONE;
      },
    });
    for (const id of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) scheduler.add({ name: id.charAt(0), id });
    expect(order).toEqual([]);
    scheduler.start();
    await until(() => order.length === 7);
    expect(most).toMatchObject({ all: 3, a: 2 });
    expect(order.slice(0, 3)).toContain('b1');
    expect(order.filter((id) => id === 'a3')).toHaveLength(2);
    await scheduler.stop();
  });

  it('lets the senders of one function take turns', async () => {
    const order: string[] = [];
    const scheduler = new Scheduler<{ name: string; sender: string; id: string }>({
      concurrency: 1,
      limitOf: () => 1,
      senderOf: ({ sender }) => sender,
      run: async ({ id }) => {
        order.push(id);
        return DONE;
      },
    });
    const add = (id: string) => scheduler.add({ name: 'f', sender: id.charAt(0), id });
    for (const id of ['x1', 'x2', 'x3', 'x4', 'y1', 'z1', 'y2']) add(id);
    scheduler.start();
    await until(() => order.length === 7);
    expect(order).toEqual(['x1', 'y1', 'z1', 'x2', 'y2', 'x3', 'x4']);
    await scheduler.stop();
  });
});
