import { describe, expect, it } from 'vitest';
import { createJsonLog, createLog, readable } from '../log.ts';
import { LineSplitter } from '../pool/lines.ts';
import { LogBook } from './log-book.ts';

describe('readable', () => {
  it.each([
    ['plain text', 'plain text'],
    ['{"time":"t","level":"info","function":"f","msg":"POST / 200","callId":"x","ms":4}', 'POST / 200 callId=x ms=4'],
    ['{"level":"warn","msg":"late"}', 'warn: late'],
    [
      '{"level":"error","msg":"failed","error":{"message":"m","stack":"Error: m\\n    at f"}}',
      'error: failed\nError: m\n    at f',
    ],
    ['{"msg":"m","error":"text"}', 'm\n"text"'],
    ['{"msg":"m","error":null}', 'm\nnull'],
    ['{"no":"message"}', '{"no":"message"}'],
    ['{broken', '{broken'],
    ['\u001b[2Jclear\u0007\tkept', '·[2Jclear·\tkept'],
    ['{"msg":"\\u001b[2J","path":"/\\r\\n"}', '·[2J path=/··'],
  ])('%j → %j', (line, expected) => {
    expect(readable(line)).toBe(expected);
  });
});

describe('createLog', () => {
  it('names who speaks, on every line', () => {
    const lines: string[] = [];
    const log = createLog((line) => lines.push(line), { colour: false });
    log.warn('one\ntwo');
    log.output('a-rather-long-name-fn', 'x');
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d gateway {6}one$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d gateway {6}two$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d a-rather-long-name-fn x$/),
    ]);
  });
});

describe('createJsonLog', () => {
  it('writes one object a line, whatever is said', () => {
    const lines: string[] = [];
    const log = createJsonLog((line) => lines.push(line));
    log.error('one\ntwo');
    log.output('a-fn', '{"level":"warn","msg":"late","ms":4}');
    log.output('a-fn', '{broken');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: expect.stringMatching(/Z$/), level: 'error', source: 'gateway', msg: 'one\ntwo' },
      expect.objectContaining({ level: 'warn', source: 'a-fn', msg: 'late', line: expect.objectContaining({ ms: 4 }) }),
      expect.objectContaining({ level: 'info', source: 'a-fn', msg: '{broken' }),
    ]);
  });
});

describe('LineSplitter', () => {
  it('makes lines of chunks, wherever they are cut', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = Buffer.from('ünï\r\n\ntwo\nrest');
    for (const byte of bytes) splitter.push(Buffer.from([byte]));
    expect(lines).toEqual(['ünï', '', 'two']);
    splitter.end();
    expect(lines.at(-1)).toBe('rest');
  });

  it('cuts a line that never ends', () => {
    const lengths: number[] = [];
    const splitter = new LineSplitter((line) => lengths.push(line.length));
    splitter.push(Buffer.alloc(150_000, 'x'));
    expect(lengths).toEqual([65_536, 65_536]);
  });
});

describe('LogBook', () => {
  it('forgets the oldest lines, by number and by size', () => {
    const book = new LogBook();
    for (let line = 0; line < 1100; line++) book.append('a', 'a-1', String(line));
    expect(book.read({ name: 'a' })).toHaveLength(1000);
    expect(book.read({ name: 'a', tail: 1 })[0]?.text).toBe('1099');
    for (let line = 0; line < 40; line++) book.append('a', 'a-1', 'x'.repeat(60_000));
    expect(book.read({ name: 'a' }).length).toBeLessThan(20);
    expect(book.read({ name: 'b' })).toEqual([]);
  });

  it('tells followers of their function alone, until they leave', () => {
    const book = new LogBook();
    const seen: string[] = [];
    const leave = book.follow({ name: 'a', instance: 'a-1' }, ({ text }) => seen.push(text));
    book.append('a', 'a-1', 'one');
    book.append('a', 'a-2', 'other replica');
    book.append('b', 'b-1', 'other function');
    leave();
    book.append('a', 'a-1', 'two');
    expect(seen).toEqual(['one']);
  });
});
