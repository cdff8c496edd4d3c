import { expect, test } from 'vitest';
import * as z from 'zod';
import {
  booleanOption,
  colourOption,
  enumOption,
  listOption,
  numberOption,
  parseOptions,
  Repeated,
} from '#contract/options';

const schema = z.object({
  whole: numberOption({ min: 1, max: 9, int: true, unit: 'px' }).optional(),
  part: numberOption({ min: -1, max: 1 }).default(0.5),
  word: enumOption(['a', 'b']).optional(),
  flag: booleanOption().optional(),
  list: listOption({ maxItems: 3, maxLength: 5 }).optional(),
  colour: colourOption().optional(),
  text: z.string().max(4).optional(),
});
const parse = (raw: Record<string, unknown>) => parseOptions(schema, raw);

test.each([
  [{ whole: ' 7 ' }, { whole: 7 }],
  [{ part: '-.5' }, { part: -0.5 }],
  [{ flag: 'off' }, { flag: false }],
  [{ flag: 'YES' }, { flag: true }],
  [{ flag: false }, { flag: false }],
  [{ list: 'a, b' }, { list: ['a', 'b'] }],
  [{ list: new Repeated(['a', 'b,c']) }, { list: ['a', 'b', 'c'] }],
  [{ list: ['a', 'b,c', ' '] }, { list: ['a', 'b,c'] }],
  [{ list: '["a, b"]' }, { list: ['a, b'] }],
  [{ list: '[odd' }, { list: ['[odd'] }],
  [{ colour: 'FA0' }, { colour: '#fa0' }],
  [{ colour: 'white' }, { colour: '#ffffff' }],
  [{ text: '12' }, { text: '12' }],
])('%j means %j', (raw, meant) => {
  expect(parse(raw)).toEqual({ part: 0.5, ...meant });
});

test.each([
  [{ whole: '' }, 'Option "whole" is ""; it must be a whole number from 1 to 9 px.'],
  [{ whole: '0x5' }, 'Option "whole" is "0x5"; it must be a whole number from 1 to 9 px.'],
  [{ whole: '10' }, 'Option "whole" is "10"; it must be a whole number from 1 to 9 px.'],
  [{ whole: '1e1' }, /whole/],
  [{ part: 'NaN' }, 'Option "part" is "NaN"; it must be a number from -1 to 1.'],
  [{ word: 'c' }, 'Option "word" is "c"; it must be one of a, b.'],
  [{ word: ['a', 'b'] }, /Option "word" is \["a","b"\]/],
  [{ flag: '2' }, 'Option "flag" is "2"; it must be true or false.'],
  [{ list: 'a,b,c,d' }, /a list of 1 to 3 texts of at most 5 characters/],
  [{ list: 'a,toolong' }, /at most 5 characters/],
  [{ list: '[]' }, /a list of 1 to 3/],
  [{ list: [1] }, /a list of/],
  [{ colour: 'red;' }, /a colour/],
  [{ text: 'x'.repeat(500) }, /^Option "text" is "x{76}…; it must be a text of at most 4 characters\.$/],
  [{ other: 1 }, 'There is no option "other"; known here: whole, part, word, flag, list, colour, text.'],
  [JSON.parse('{"__proto__": 1}'), /no option "__proto__"/],
  [{ constructor: 1 }, /no option "constructor"/],
])('%j is refused in words', (raw, message) => {
  expect(() => parse(raw)).toThrow(message);
});

test('the problem names the option and what is allowed, for programs', () => {
  expect(() => parse({ word: 'c' })).toThrow(
    expect.objectContaining({
      code: 'option-invalid',
      status: 400,
      members: { option: 'word', allowed: 'one of a, b' },
    }),
  );
});
