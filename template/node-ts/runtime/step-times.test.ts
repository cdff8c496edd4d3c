import { expect, it } from 'vitest';
import { StepTimes } from './step-times.ts';

it('sums Server-Timing by step, and counts X-Cache', () => {
  const times = new StepTimes();
  times.count({ 'server-timing': 'decode;dur=1.5, apply;desc="the passes";dur=20', 'x-cache': 'miss' });
  times.count({ 'server-timing': 'decode;dur=0.5', 'x-cache': 'hit' });
  times.count({});
  expect(times.render().split('\n')).toEqual([
    '# HELP function_step_seconds Time by the steps of Server-Timing.',
    '# TYPE function_step_seconds summary',
    'function_step_seconds_sum{step="decode"} 0.002',
    'function_step_seconds_count{step="decode"} 2',
    'function_step_seconds_sum{step="apply"} 0.02',
    'function_step_seconds_count{step="apply"} 1',
    '# HELP function_cache_total Answers by what X-Cache says of them.',
    '# TYPE function_cache_total counter',
    'function_cache_total{result="miss"} 1',
    'function_cache_total{result="hit"} 1',
    '',
  ]);
});

it('takes no name that would break the text, and not any number of names', () => {
  const times = new StepTimes();
  times.count({ 'server-timing': 'a"b;dur=1, ;dur=2, total, x;dur=fast', 'x-cache': '{' });
  expect(times.render()).toBe('');
  for (let index = 0; index < 100; index++) times.count({ 'server-timing': `s${index};dur=1` });
  expect(times.render().match(/_sum/g)).toHaveLength(32);
});
