import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openStore } from '#storage/store';
import { jobJson } from './job-answers.ts';
import { isAbandoned, type Job, jobSaver, loadJob, newJob, saveJob } from './job-record.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-job-record-'));
beforeAll(() => void vi.stubEnv('STORE_URL', `file:${folder}`));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  [{ state: 'running', lease: 999 }, true],
  [{ state: 'running', lease: 1_001 }, false],
  // Written by a clock that ran an hour ahead: nobody waits that long.
  [{ state: 'running', lease: 3_601_000 }, true],
  [{ state: 'queued', updated: 1_000 - 300_001 }, true],
  [{ state: 'queued', updated: 1_000 - 300_001, requeued: 1 }, false],
  [{ state: 'queued', updated: 1_000 - 600_001, requeued: 1 }, true],
  [{ state: 'done', lease: 0, updated: -1e9 }, false],
] as [Partial<Job>, boolean][])('%j is abandoned at 1000: %s', (values, abandoned) => {
  const job = { ...newJob({ steps: [], base: '/', batch: false, pictures: [] }, 1), ...values };
  expect(isAbandoned(job, 1_000)).toBe(abandoned);
});

test('however often a job changes while it is written, its last state is what stays', async () => {
  const store = openStore();
  const job = newJob({ steps: [], base: '/', batch: false, pictures: [] }, 60_000);
  await saveJob(store, job);
  const save = jobSaver(store, job);
  for (let attempts = 1; attempts <= 20; attempts++) {
    job.attempts = attempts;
    void save();
    if (attempts % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await save();
  expect((await loadJob(store, job.id)).attempts).toBe(20);
});

test('a job that an earlier version stored keeps its classification', async () => {
  const store = openStore();
  const seen = {
    labels: [{ label: 'cat', score: 0.9, cosine: 0.3 }],
    model: 'clip-mini',
    state: 'sure',
    unknown: false,
  };
  const job = newJob({ steps: [], base: '/', batch: false, pictures: [] }, 60_000);
  const stored = { ...job, pictures: [{ steps: [], seen }] };
  await store.put(`jobs/${job.id}`, Buffer.from(JSON.stringify(stored)), { contentType: 'application/json' });
  const read = await loadJob(store, job.id);
  expect(read.pictures).toEqual([{ steps: [], classification: seen }]);
  expect(await jobJson(store, read)).toMatchObject({ labels: seen.labels, model: seen.model });
});
