import { expect, test } from 'vitest';
import { faultReports, type Happened, unexplainedCuts } from './aftermath.ts';
import type { Judged } from './load.ts';

const request = (began: number, ended: number, verdict: Judged['verdict'] = 'right', code = '200'): Judged => ({
  ...{ began, ended, verdict, code },
  path: '/function/rotate-fn',
});

test('a failure belongs to the fault that it ended in, and tells how long that lasted', () => {
  const happened: Happened[] = [
    { name: 'Redis killed', began: 0, over: 5_000, until: 10_000 },
    { name: 'S3 killed', began: 10_000, over: 15_000, until: 20_000 },
    { name: 'Redis killed', began: 20_000, over: 25_000, until: 30_000 },
  ];
  const records = [
    request(1_000, 1_100),
    request(4_000, 7_500, 'refused', '503'),
    // It began in one and failed in the other.
    request(9_900, 11_000, 'refused', '503 store-unavailable'),
    request(21_000, 21_100),
  ];
  expect(faultReports(happened, records)).toEqual([
    {
      name: 'Redis killed',
      times: 2,
      requests: 3,
      refused: 1,
      codes: { '503': 1 },
      recovery: { median: 2.5, longest: 2.5 },
    },
    {
      name: 'S3 killed',
      times: 1,
      requests: 1,
      refused: 1,
      codes: { '503 store-unavailable': 1 },
      recovery: { median: 0, longest: 0 },
    },
  ]);
});

test('a cut is explained by a gateway that was away, and by nothing else', () => {
  const away: [number, number][] = [[100, 200]];
  const cuts = [request(50, 120, 'cut'), request(150, 160, 'cut'), request(190, 300, 'cut'), request(210, 220, 'cut')];
  expect(unexplainedCuts([...cuts, request(500, 600, 'refused')], away)).toEqual([cuts[3]]);
});
