import { expect, it } from 'vitest';
import { Counter, counter, gauge, Histogram, Summary } from '#kit/metrics';

it('a histogram has cumulative buckets; what is longer than all of them is only in +Inf', () => {
  const histogram = new Histogram('call_seconds', 'Time of a call.');
  for (const seconds of [0.004, 0.005, 0.3, 100]) histogram.observe({ name: 'a' }, seconds);
  const text = histogram.render();
  expect(text.split('\n').slice(0, 2)).toEqual([
    '# HELP call_seconds Time of a call.',
    '# TYPE call_seconds histogram',
  ]);
  const bucket = (le: string) => Number(text.split(`call_seconds_bucket{name="a",le="${le}"} `)[1]?.split('\n')[0]);
  expect(['0.005', '0.01', '0.25', '0.5', '60', '+Inf'].map(bucket)).toEqual([2, 2, 2, 3, 3, 4]);
  expect(text).toContain('call_seconds_sum{name="a"} 100.309\ncall_seconds_count{name="a"} 4\n');
  expect(histogram.counts()).toEqual([[{ name: 'a' }, 4]]);
});

it('a summary has a sum and a count for each set of labels', () => {
  const summary = new Summary('step_seconds', 'Time of a step.');
  summary.observe({ step: 'decode' }, 0.5);
  summary.observe({ step: 'encode' }, 1);
  summary.observe({ step: 'decode' }, 0.25);
  expect(summary.render().split('\n')).toEqual([
    '# HELP step_seconds Time of a step.',
    '# TYPE step_seconds summary',
    'step_seconds_sum{step="decode"} 0.75',
    'step_seconds_count{step="decode"} 2',
    'step_seconds_sum{step="encode"} 1',
    'step_seconds_count{step="encode"} 1',
    '',
  ]);
});

it('counters and gauges, with labels and without', () => {
  const calls = new Counter('calls_total', 'Calls.');
  calls.inc({ method: 'GET', code: 200 });
  calls.inc({ method: 'GET', code: 200 });
  expect(calls.render()).toBe(
    '# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{method="GET",code="200"} 2\n',
  );
  expect(counter('deaths_total', 'Deaths.', 3)).toContain('# TYPE deaths_total counter\ndeaths_total 3\n');
  expect(gauge('lag', 'Lag.', [[{ quantile: 0.5 }, 1]])).toContain('# TYPE lag gauge\nlag{quantile="0.5"} 1\n');
});

it('no label breaks out of its quotes', () => {
  expect(gauge('a', 'A.', [[{ name: 'x"} 1\nb\\' }, 1]])).toContain('\na{name="x\\"} 1\\nb\\\\"} 1\n');
});
