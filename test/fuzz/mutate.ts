import type { Random } from './random.ts';

/** Pieces that have broken parsers before. */
const NASTY = [
  ...['', ' ', '\0', '\r\n', '\n\n', '\t', '\u2028', '\ufeff', '\ud800', '\u{1f4a9}', 'İ', 'ß'],
  ...[
    '%',
    '%00',
    '%2f..%2f',
    '%zz',
    '%F0%9F',
    '../',
    '..\\',
    '//',
    '\\',
    '/./',
    ';',
    ':',
    '=',
    '&',
    '|',
    ',',
    '#',
    '?',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '[__proto__][x]',
    '[]',
    '[0]',
    '[9999999]',
  ],
  ...['0', '-0', '-1', '1e309', '1e-9', 'NaN', 'Infinity', '0x10', '9007199254740993', '00', '.5', '5.', '+1', '١'],
  ...['true', 'null', 'undefined', '{}', '[', '{"a":', '"', "'", '`', '$\u007bx}', '{{x}}', '<script>', '<!--', ']]>'],
  ...['http://127.0.0.1/', 'http://0x7f.1/', 'http://[::1]/', 'file:///etc/passwd', 'data:;base64,', 'gopher://x'],
  ...['; rm -rf /', '$(id)', '| cat', "' OR 1=1", '\x1b[31m', '\x7f', 'é', 'Content-Length: 5\r\n', 'HTTP/1.1\r\n\r\n'],
];

const MOST_EDITS = 4;

/** A text some edits away from another; now and then a very long one. */
export function mutateText(random: Random, text: string, more: readonly string[] = []): string {
  let changed = text;
  for (let edits = random.below(MOST_EDITS + 1); edits > 0; edits--) changed = edit(random, changed, more);
  return changed;
}

function edit(random: Random, text: string, more: readonly string[]): string {
  const at = random.below(text.length + 1);
  const until = Math.min(text.length, at + 1 + random.below(12));
  const [before, piece, after] = [text.slice(0, at), text.slice(at, until), text.slice(until)];
  switch (random.below(8)) {
    case 0:
      return before + after;
    case 1:
      return before + random.pick(NASTY) + piece + after;
    case 2:
      return before + random.pick(NASTY) + after;
    case 3:
      return before + piece.repeat(1 + random.below(random.oneIn(20) ? 5_000 : 6)) + after;
    case 4:
      return before + String.fromCharCode(random.below(random.oneIn(4) ? 0xffff : 0x80)) + after;
    case 5:
      return more.length > 0 ? before + random.pick(more) + piece + after : before + piece + piece + after;
    case 6:
      return after + piece + before;
    default:
      return before;
  }
}

/** Bytes some edits away from others: flips, cuts, copies, numbers at their edges. */
export function mutateBytes(random: Random, bytes: Buffer): Buffer {
  let changed = Buffer.from(bytes);
  for (let edits = random.below(MOST_EDITS + 1); edits > 0 && changed.length > 0; edits--) {
    // Headers matter most: half of the changes fall into the first bytes.
    const at = random.below(random.oneIn(2) ? Math.min(64, changed.length) : changed.length);
    const until = Math.min(changed.length, at + random.below(64));
    const kind = random.below(5);
    if (kind === 0) changed.writeUInt8(random.below(256), at);
    else if (kind === 1) changed.fill(random.pick([0, 255, 127, 128]), at, Math.min(changed.length, at + 4));
    else if (kind === 2) changed = Buffer.concat([changed.subarray(0, at), changed.subarray(until)]);
    else if (kind === 3) changed = Buffer.concat([changed.subarray(0, until), changed.subarray(at)]);
    else changed = changed.subarray(0, at);
  }
  return changed;
}

/** A value of JSON some edits away from another, or its text broken. */
export function mutateJson(random: Random, value: unknown, depth = 0): unknown {
  if (random.oneIn(6)) return random.pick(STRANGE);
  if (Array.isArray(value))
    return value.flatMap((item) => (random.oneIn(8) ? [item, item] : [mutateJson(random, item, depth + 1)]));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, item]) => [
      random.oneIn(10) ? mutateText(random, name) : name,
      random.oneIn(3) ? mutateJson(random, item, depth + 1) : item,
    ]);
    return Object.fromEntries(entries);
  }
  return typeof value === 'string' && random.oneIn(2) ? mutateText(random, value) : value;
}

const STRANGE: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e308, '', ' ', [], {}, [[]], [null], { a: { b: {} } }],
  ...[['a', 1], { toString: 1 }, { length: 5 }, JSON.parse('{"__proto__": {"polluted": true}}'), 'x'.repeat(5_000)],
];
