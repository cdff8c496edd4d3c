import { expect, it } from 'vitest';
import { Metrics } from './metrics.ts';

it('buckets are cumulative, and a call longer than all is only in +Inf', () => {
  const metrics = new Metrics();
  metrics.callStarted('a');
  for (const seconds of [0.004, 0.005, 0.3, 100]) metrics.callEnded('a', 200, seconds);
  const text = metrics.render(new Map([['a', 2]]));
  const bucket = (le: string) =>
    Number(new RegExp(`bucket\\{function_name="a.openfaas-fn",code="200",le="${le}"\\} (\\d+)`).exec(text)?.[1]);
  expect(['0.005', '0.01', '0.25', '0.5', '60', '\\+Inf'].map(bucket)).toEqual([2, 2, 2, 3, 3, 4]);
  expect(text).toContain('gateway_functions_seconds_sum{function_name="a.openfaas-fn",code="200"} 100.309');
  expect(text).toContain('gateway_service_count{function_name="a.openfaas-fn"} 2');
  expect(metrics.invocations('a')).toBe(4);
  expect(metrics.invocations('b')).toBe(0);
});
