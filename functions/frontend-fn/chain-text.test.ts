import { expect, test } from 'vitest';
import { parseSteps } from '#contract/steps';
import { OPERATION_NAMES, operations as registry } from '#imaging';
import { OPTION_TEXTS, optionText } from './option-texts.ts';
import { chainText, operations, output, parseChain } from './page/operations.ts';
import { PRESETS } from './page/presets.ts';
import { TEXTS } from './texts.ts';

/* Chains as the page writes and reads them, and what it calls their options. */

const grammar = { option: 'chain', member: 'operation', firstOption: () => 'angle' };

test.each([
  'rotate:angle=45;resize:width=512,height=512,fit=cover;grayscale',
  'watermark:picture=https://example.org/a%2Cb%3Bc.png,gravity=north',
  'cutout:background=#ff7d5c',
  '',
])('%s is read as it is written, here and by the functions', (chain) => {
  const steps = parseChain(chain, operations);
  expect(chainText(steps)).toBe(chain);
  expect(parseSteps(chain, grammar).map(({ name, options }) => ({ name, options }))).toEqual(steps);
});

test('a comma in an address does not end an option', () => {
  const picture = 'https://example.org/a,b;c.png';
  expect(chainText([{ name: 'watermark', options: { picture } }])).toBe(
    'watermark:picture=https://example.org/a%2Cb%3Bc.png',
  );
});

test('bare values belong to the first option; what is no operation is left out', () => {
  expect(parseChain('rotate:90;explode:1;__proto__;constructor:x', operations)).toEqual([
    { name: 'rotate', options: { angle: '90' } },
  ]);
});

test('what the page calls options are options that there are', () => {
  const known = [
    ...Object.entries(operations).flatMap(([name, { options }]) => Object.keys(options).map((one) => `${name}.${one}`)),
    ...Object.keys(output),
    'background',
    'classify.sees',
  ];
  expect(OPTION_TEXTS.filter((name) => !known.includes(name))).toEqual([]);
});

test('no option is explained in the words of a command line', () => {
  const shown = Object.entries(operations).flatMap(([name, { options }]) =>
    Object.entries(options).map(([option, schema]) => {
      const { title, hint = schema.description ?? '', values = {} } = optionText(name, option);
      const named = (schema.enum ?? []).map((value) => values[value] ?? value);
      return [`${name}.${option}`, [title, hint, ...named].join(' ')] as const;
    }),
  );
  const odd = shown.filter(([, words]) =>
    /\b(true|false|cw|ccw|nlm|gaussian|cover|north|gravity)\b|%2C|"/i.test(words),
  );
  expect(odd).toEqual([]);
});

test('presets are chains of operations that there are', () => {
  expect(Object.keys(PRESETS)).toEqual(Object.keys(TEXTS.darkroom.presets));
  for (const [name, { chain }] of Object.entries(PRESETS)) {
    for (const { name: operation, options } of parseChain(chain, operations)) {
      expect(OPERATION_NAMES, name).toContain(operation);
      const { shape } = registry[operation as (typeof OPERATION_NAMES)[number]].options;
      expect(Object.keys(shape), `${name} ${operation}`).toEqual(expect.arrayContaining(Object.keys(options)));
    }
    expect(chainText(parseChain(chain, operations)), name).toBe(chain);
  }
});
