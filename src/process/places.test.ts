import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Places } from './places.ts';

const patience = { burst: 10_000, standing: 1_000, after: 2_000 };
const { signal } = new AbortController();
const BUSY = { code: 'busy', status: 429, headers: { 'retry-after': '1' } };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Asks for a place; tells what came of it. */
function asking(places: Places, abort = signal) {
  const asked = { outcome: 'waits' as 'waits' | 'inside' | object };
  const place = places.enter(abort);
  place.then(
    () => {
      asked.outcome = 'inside';
    },
    (error) => {
      asked.outcome = error;
    },
  );
  return { asked, place };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('who waits is let in in order of arrival, and too many are refused at once', async () => {
  const places = new Places({ total: 1, waiting: 2, patience });
  const first = await places.enter(signal);
  const [second, third, fourth] = [asking(places), asking(places), asking(places)];
  await settled();
  expect(fourth.asked.outcome).toMatchObject(BUSY);
  first.leave();
  first.leave();
  await settled();
  expect([second.asked.outcome, third.asked.outcome]).toEqual(['inside', 'waits']);
  (await second.place).leave();
  await settled();
  expect(third.asked.outcome).toBe('inside');
});

test('a burst may wait long; once somebody has waited all the time, a newcomer may not', async () => {
  const places = new Places({ total: 1, waiting: 10, patience });
  await places.enter(signal);
  const burst = asking(places);
  vi.advanceTimersByTime(patience.after + 100);
  const late = asking(places);
  vi.advanceTimersByTime(patience.standing + 100);
  await settled();
  expect(late.asked.outcome).toMatchObject(BUSY);
  expect(burst.asked.outcome).toBe('waits');
  vi.advanceTimersByTime(patience.burst);
  await settled();
  expect(burst.asked.outcome).toMatchObject(BUSY);
  expect(places.waiting).toBe(0);
});

test('when the line was empty in between, it is a burst again', async () => {
  const places = new Places({ total: 1, waiting: 10, patience });
  const inside = await places.enter(signal);
  const before = asking(places);
  vi.advanceTimersByTime(patience.after + 100);
  inside.leave();
  await settled();
  const after = asking(places);
  vi.advanceTimersByTime(patience.standing + 100);
  await settled();
  expect(before.asked.outcome).toBe('inside');
  expect(after.asked.outcome).toBe('waits');
});

test('a place that does not count lets another in; it counts again without waiting', async () => {
  const places = new Places({ total: 1, waiting: 10, patience });
  const slow = await places.enter(signal);
  const other = asking(places);
  slow.pause();
  await settled();
  expect(other.asked.outcome).toBe('inside');
  slow.resume();
  const third = asking(places);
  (await other.place).leave();
  await settled();
  expect(third.asked.outcome).toBe('waits');
  slow.leave();
  slow.resume();
  await settled();
  expect(third.asked.outcome).toBe('inside');
});

test('a caller who leaves the line loses its turn, and nobody else does', async () => {
  const places = new Places({ total: 1, waiting: 10, patience });
  const inside = await places.enter(signal);
  const leaving = new AbortController();
  const [gone, next] = [asking(places, leaving.signal), asking(places)];
  leaving.abort(new Error('left'));
  inside.leave();
  await settled();
  expect(gone.asked.outcome).toMatchObject({ message: 'left' });
  expect(next.asked.outcome).toBe('inside');
});
