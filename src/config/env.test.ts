import { afterEach, expect, test, vi } from 'vitest';
import { envNumber, envText } from '#config/env';

afterEach(() => vi.unstubAllEnvs());

test('numbers: set, unset, empty, wrong', () => {
  const read = () => envNumber('OBSCURA_TEST', 5, { min: 1, max: 9 });
  expect(read()).toBe(5);
  vi.stubEnv('OBSCURA_TEST', ' ');
  expect(read()).toBe(5);
  vi.stubEnv('OBSCURA_TEST', '7');
  expect(read()).toBe(7);
  vi.stubEnv('OBSCURA_TEST', '10');
  expect(read).toThrow('OBSCURA_TEST is "10"; it must be a number from 1 to 9.');
  vi.stubEnv('OBSCURA_TEST', 'many');
  expect(read).toThrow(/"many"/);
});

test('texts: empty counts as unset', () => {
  vi.stubEnv('OBSCURA_TEST', '  ');
  expect(envText('OBSCURA_TEST', 'x')).toBe('x');
  vi.stubEnv('OBSCURA_TEST', ' y ');
  expect(envText('OBSCURA_TEST', 'x')).toBe('y');
});
