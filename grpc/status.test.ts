import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { PROBLEMS, Problem, type ProblemCode } from '#contract/problems';
import { statusCodeOf, statusOf } from './status.ts';
import { failureOf } from './testing.ts';

const codes = Object.keys(PROBLEMS) as ProblemCode[];

test('every problem has a status of its own choosing', () => {
  expect(codes.filter((code) => statusCodeOf(code) === status.UNKNOWN)).toEqual([]);
  expect(status[statusCodeOf('too-many-pixels')]).toBe('INVALID_ARGUMENT');
  expect(status[statusCodeOf('busy')]).toBe('RESOURCE_EXHAUSTED');
});

test('details say what is wrong, with which option, and when to come again', async () => {
  const problem = new Problem('option-invalid', 'Option "angle" is "x".', {
    members: { option: 'angle', allowed: ['a', 'b'], function: 'rotate-fn' },
    headers: { 'retry-after': '7' },
  });
  const failed = await failureOf(Promise.reject(statusOf(problem, 'id-1')));
  expect(failed).toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'Option "angle" is "x".',
    callId: 'id-1',
    ErrorInfo: {
      reason: 'OPTION_INVALID',
      domain: 'obscura',
      metadata: { code: 'option-invalid', status: '400', option: 'angle', allowed: '["a","b"]', callId: 'id-1' },
    },
    BadRequest: { fieldViolations: [{ field: 'angle', description: 'Option "angle" is "x".' }] },
    RetryInfo: { retryDelay: { seconds: 7 } },
  });
});

test('what is nobody’s problem tells the caller nothing', async () => {
  const failed = await failureOf(Promise.reject(statusOf(new Error('/etc/secret is missing'), 'id-2')));
  expect(failed.code).toBe('INTERNAL');
  expect(JSON.stringify(failed)).not.toContain('secret');
});
