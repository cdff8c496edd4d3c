import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

const rules = { requests: 10, bytes: 100, deadline: 1_000 };
const forever = () => new Promise<never>(() => {});

test('counts bytes as well as requests, and lets a large picture in alone', async () => {
  const gate = new Gate(rules);
  const large = gate.pass(500, undefined, async () => 'done');
  await expect(gate.pass(1, undefined, forever)).rejects.toMatchObject({ code: 'busy', status: 429 });
  expect(await large).toBe('done');
  const first = gate.pass(60, undefined, async () => 'first');
  await expect(gate.pass(60, undefined, forever)).rejects.toMatchObject({ code: 'busy' });
  expect(await gate.pass(40, undefined, async () => 'fits')).toBe('fits');
  expect(await first).toBe('first');
  expect(gate).toMatchObject({ inside: 0, refused: 2 });
});

test('the signal aborts in time, when the caller leaves, and when the work is over', async () => {
  const until = (signal: AbortSignal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await expect(new Gate({ ...rules, deadline: 5 }).pass(0, undefined, until)).rejects.toMatchObject({
    code: 'timed-out',
  });
  const caller = new AbortController();
  const answer = new Gate(rules).pass(0, caller.signal, until);
  caller.abort(new Error('left'));
  await expect(answer).rejects.toThrow('left');
  let kept: AbortSignal | undefined;
  await new Gate(rules).pass(0, undefined, async (signal) => {
    kept = signal;
  });
  expect(kept?.aborted).toBe(true);
});

test('nothing stays on the caller’s signal, and failed work leaves its place', async () => {
  const gate = new Gate(rules);
  const caller = new AbortController();
  await expect(gate.pass(50, caller.signal, async () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(gate.inside).toBe(0);
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  caller.abort(new Error('gone'));
  await expect(gate.pass(0, caller.signal, async () => 'never')).rejects.toThrow('gone');
});
