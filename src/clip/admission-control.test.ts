import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { AdmissionControl } from './admission-control.ts';

const rules = { requests: 10, bytes: 100, deadline: 1_000 };
const forever = () => new Promise<never>(() => {});

test('counts bytes as well as requests, and lets a large picture in alone', async () => {
  const admission = new AdmissionControl(rules);
  const large = admission.run(500, undefined, async () => 'done');
  await expect(admission.run(1, undefined, forever)).rejects.toMatchObject({ code: 'busy', status: 429 });
  expect(await large).toBe('done');
  const first = admission.run(60, undefined, async () => 'first');
  await expect(admission.run(60, undefined, forever)).rejects.toMatchObject({ code: 'busy' });
  expect(await admission.run(40, undefined, async () => 'fits')).toBe('fits');
  expect(await first).toBe('first');
  expect(admission).toMatchObject({ inside: 0, refused: 2 });
});

test('the signal aborts in time, when the caller leaves, and when the work is over', async () => {
  const until = (signal: AbortSignal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await expect(new AdmissionControl({ ...rules, deadline: 5 }).run(0, undefined, until)).rejects.toMatchObject({
    code: 'timed-out',
  });
  const caller = new AbortController();
  const answer = new AdmissionControl(rules).run(0, caller.signal, until);
  caller.abort(new Error('left'));
  await expect(answer).rejects.toThrow('left');
  let kept: AbortSignal | undefined;
  await new AdmissionControl(rules).run(0, undefined, async (signal) => {
    kept = signal;
  });
  expect(kept?.aborted).toBe(true);
});

test('nothing stays on the caller’s signal, and failed work leaves its place', async () => {
  const admission = new AdmissionControl(rules);
  const caller = new AbortController();
  await expect(admission.run(50, caller.signal, async () => Promise.reject(new Error('failed')))).rejects.toThrow(
    'failed',
  );
  expect(admission.inside).toBe(0);
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  caller.abort(new Error('gone'));
  await expect(admission.run(0, caller.signal, async () => 'never')).rejects.toThrow('gone');
});
