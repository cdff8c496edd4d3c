import { expect, it } from 'vitest';
import { formatBytes } from '#kit/bytes';
import { callIdOf } from '#kit/call-id';
import { formatDuration, parseDuration } from '#kit/duration';
import { equalSecrets } from '#kit/equal-secrets';
import { escapeHtml } from '#kit/html';
import { printable } from '#kit/printable';
import { isStepTiming, parseServerTiming } from '#kit/server-timing';

it.each([
  ['30', 30_000],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['1h', 3_600_000],
  ['0', 0],
  ['100us', 0.1],
  ['', undefined],
  ['soon', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['5 s', undefined],
])('parseDuration(%j) is %j', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  [85.4, '85 ms'],
  [1500, '1.5 s'],
  [900_000, '15 min'],
])('formatDuration(%d) is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it.each([
  [12, '12 bytes'],
  [900 * 1024, '900 KiB'],
  [1.55 * 1024 ** 2, '1.6 MiB'],
  [512 * 1024 ** 2, '512 MiB'],
])('formatBytes(%d) is %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it('a call id that could break a header or a log line is replaced', () => {
  expect(callIdOf('a-1')).toBe('a-1');
  for (const given of [undefined, ['a', 'b'], '', 'a b', 'a\n', 'é', 'x'.repeat(129)]) {
    expect(callIdOf(given)).toMatch(/^[0-9a-f-]{36}$/);
  }
});

it('secrets are compared whole', () => {
  expect(equalSecrets('admin:x', 'admin:x')).toBe(true);
  for (const wrong of ['', 'admin:', 'admin:xx', 'ADMIN:x']) expect(equalSecrets(wrong, 'admin:x')).toBe(false);
});

it('escaped text is neither markup nor the end of an attribute', () => {
  expect(escapeHtml(`<a title='"'>&amp;`)).toBe('&lt;a title=&#39;&quot;&#39;&gt;&amp;amp;');
});

it.each([
  ['', []],
  [
    'decode;dur=1.5, encode; dur=20',
    [
      ['decode', 1.5],
      ['encode', 20],
    ],
  ],
  ['step1;dur=3;desc="resize, \\"x\\";dur=9", cache;desc=hit', [['step1', 3]]],
  ['apply;desc="the passes";dur=20', [['apply', 20]]],
  ['a"b;dur=1, ;dur=2, total, x;dur=fast, y;dur=1.2.3', []],
])('parseServerTiming(%j) is %j', (header, entries) => {
  expect(parseServerTiming(header).map(({ name, ms }) => [name, ms])).toEqual(entries);
});

it('tells the parts of a stage from stages', () => {
  expect(['step1', 'step12', 'stepping', 'apply'].map((name) => isStepTiming({ name, ms: 1 }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('foreign text cannot control a terminal', () => {
  expect(printable('a\u001b[31mb\u200ec\r\nd é')).toBe('a [31mb c  d é');
});
