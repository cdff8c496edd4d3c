import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseOptions } from '#contract/options';
import { presetOption, readPresets } from './presets.ts';

test('presets are read and named', () => {
  const presets = readPresets('{"thumb": "resize:width=200", "old-photo": "grayscale;adjust:gamma=1.2"}');
  const schema = z.object({ preset: presetOption(presets) });
  expect(parseOptions(schema, { preset: 'thumb' })).toEqual({ preset: 'thumb' });
  expect(parseOptions(schema, {})).toEqual({});
  for (const preset of ['toString', 'huge', '']) {
    expect(() => parseOptions(schema, { preset })).toThrow(/must be one of thumb, old-photo/);
  }
});

test.each([
  ['[]', /must be JSON such as/],
  ['{"a": 1}', /must be JSON such as/],
  ['{"a b": "flip"}', /must be JSON such as/],
  ['nonsense', /must be JSON such as/],
  ['{"thumb": "resize:width=none"}', /"thumb": Step 1 of the chain \(resize\)/],
])('%s stops the start', (text, message) => {
  expect(() => readPresets(text)).toThrow(message);
});
