import { expect, test } from 'vitest';
import { judge, type Sample, slope } from './verdict.ts';

/** Half an hour, a sample every ten seconds, 5 requests a second, memory that breathes by ±10 MB. */
function soak(
  change: (minute: number) => Partial<{ rssMb: number; handles: number; store: number; log: number }>,
): Sample[] {
  return Array.from({ length: 180 }, (_, index) => {
    const { rssMb = 120, handles = 30, store = 1_000, log = 300 } = change(index / 6);
    const requests = index * 50;
    return {
      at: index * 10,
      requests,
      processes: { 'rotate-fn 7': { rssMb: rssMb + 10 * Math.sin(index), handles: handles + (index % 3) } },
      temporaryFiles: index === 179 ? 0 : index % 2,
      storeBytes: store,
      logBytes: requests * log,
    };
  });
}

const failed = (samples: Sample[]): string[] =>
  judge(samples, { storeBound: 10_000 }).flatMap(({ what, fine }) => (fine ? [] : [what]));

test('steady work passes, a heap that fills in the first minutes too', () => {
  expect(failed(soak(() => ({})))).toEqual([]);
  expect(failed(soak((minute) => ({ rssMb: 80 + 60 * Math.min(1, minute / 6) })))).toEqual([]);
});

test('a step that a busy moment left is no leak', () => {
  expect(failed(soak((minute) => ({ rssMb: minute < 18 ? 90 : 125 })))).toEqual([]);
});

test('what leaks fails, and is named', () => {
  expect(failed(soak((minute) => ({ rssMb: 100 + 2 * minute })))).toEqual(['memory of rotate-fn 7']);
  expect(failed(soak((minute) => ({ handles: 20 + minute })))).toEqual(['open files of rotate-fn 7']);
  expect(failed(soak((minute) => ({ store: minute * 1_000 })))).toEqual(['object store, at its largest']);
  expect(failed(soak(() => ({ log: 4_000 })))).toEqual(['log a request']);
});

test('files left behind fail', () => {
  const samples = soak(() => ({}));
  (samples.at(-1) as Sample).temporaryFiles = 3;
  expect(failed(samples)).toEqual(['temporary files at the end']);
});

test('the slope is that of the line, whatever a few spikes say', () => {
  const line = Array.from({ length: 50 }, (_, x) => [x, 3 * x + 7]);
  expect(slope(line)).toBeCloseTo(3);
  expect(slope(line.map(([x = 0, y = 0]) => [x, x % 10 === 0 ? 9_999 : y]))).toBeCloseTo(3, 0);
});
