import { describe, expect, it } from 'vitest';
import { parseSize, readSettings } from './settings.ts';

describe('readSettings', () => {
  it('has the defaults of node18, on loopback', () => {
    expect(readSettings({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      rawBody: false,
      maxRawBytes: 102_400,
      maxJsonBytes: 102_400,
      metricsPath: '/metrics',
      drainGraceMs: 0,
      drainLimitMs: 30_000,
      functionName: expect.any(String),
    });
  });

  it('keeps the readiness file only when the watchdog does not', () => {
    expect(readSettings({ suppress_lock: 'true' }).lockFile).toBe('/tmp/.lock');
    expect(readSettings({ suppress_lock: 'true', TMPDIR: '/var/tmp' }).lockFile).toBe('/var/tmp/.lock');
    for (const value of ['false', '1', '']) expect(readSettings({ suppress_lock: value }).lockFile).toBeUndefined();
  });

  it.each([
    ['http_port', 'eighty'],
    ['http_port', '70000'],
    ['MAX_RAW_SIZE', 'much'],
    ['MAX_JSON_SIZE', '-1'],
    ['drain_grace', 'soon'],
    ['exec_timeout', '10 s'],
  ])('names %s when it is "%s"', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(`${name} is "${value}": give`);
  });
});

it.each([
  ['0', 0],
  ['4096', 4096],
  ['100kb', 102_400],
  ['40Mb', 41_943_040],
  ['1.5 mb', 1_572_864],
  ['2MiB', 2_097_152],
  ['1gb', 1_073_741_824],
])('parseSize(%s) is %d bytes', (text, bytes) => {
  expect(parseSize('SIZE', text)).toBe(bytes);
});
