import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { StepRecord } from '#contract/step-record';
import { csv } from '#report/csv';
import { latencyCsv, latencyMarkdown } from '#report/latency-table';
import { quantile, stageTimes } from '#report/stage-times';
import { timelineSvg } from '#report/timeline';

const record = (name: string, start: number, queue: number, call: number): StepRecord => ({
  ...{ name, function: `${name}-fn`, ms: { queue, call, work: call / 2 }, start, tries: 1 },
  ...{ bytes: 1_000, width: 30, height: 20 },
});
const runs = [
  { steps: [record('denoise', 0, 5, 100), record('clip', 105, 0, 40)] },
  { steps: [record('denoise', 0, 50, 200)] },
];

test('a bar is as long as its time, after the time it waited', () => {
  const bars = [...timelineSvg(runs).matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"[^>]*?(opacity)?=/g)];
  const [x = 0, width = 0] = (bars[4] ?? []).slice(1).map(Number);
  const [calledX, calledWidth] = (bars[5] ?? []).slice(1).map(Number);
  expect([x, width]).toEqual([250, 200]);
  // 250 ms are the whole width of 1,000: 50 wait, 200 work.
  expect([calledX, calledWidth]).toEqual([450, 800]);
});

test('nothing in a timeline is markup of somebody else, and it is a picture', async () => {
  const evil = { ...record('a', 0, 1, 1), error: { code: '"><script>', status: 1, title: '', detail: '' } };
  const svg = timelineSvg([{ steps: [evil] }]);
  expect(svg).not.toContain('<script');
  expect(svg).toContain('&quot;&gt;&lt;script&gt;');
  expect(await sharp(Buffer.from(timelineSvg(runs))).metadata()).toMatchObject({ format: 'svg', width: 1_340 });
  expect(timelineSvg([])).toContain('</svg>');
});

test('stages have the quantiles of what was measured', () => {
  const [denoise, clip] = stageTimes(runs);
  expect(denoise).toMatchObject({ name: 'denoise', count: 2, failed: 0, call: { p50: 100, p95: 200 } });
  expect(clip).toMatchObject({ name: 'clip', count: 1, work: { p50: 20, p95: 20 } });
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([quantile(hundred, 0.5), quantile(hundred, 0.95), quantile([], 0.5)]).toEqual([50, 95, 0]);
});

test('tables have a line each', () => {
  expect(latencyCsv(runs).split('\r\n')[1]).toBe('1,denoise,denoise-fn,0,5,100,50,1,1000,30,20,');
  expect(latencyMarkdown(runs)).toContain('| denoise | denoise-fn | 2 | 0 | 5 | 50 | 100 | 200 | 50 | 100 |');
});

test.each([
  ['=1+1', "'=1+1"],
  ['  @x', "'  @x"],
  ['-5', "'-5"],
  ['a\r\nb', 'a b'],
  ['cat;=HYPERLINK(A1)', '"cat;=HYPERLINK(A1)"'],
  ['"=1', `"'""=1"`],
  ['a"b,c', '"a""b,c"'],
])('the cell %j becomes %j', (text, cell) => {
  expect(csv([[text]])).toBe(`${cell}\r\n`);
});
