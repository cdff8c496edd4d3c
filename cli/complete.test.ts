import { expect, test } from 'vitest';
import { commands } from './commands.ts';
import { complete } from './complete.ts';
import { operations } from './schema.ts';

const ask = async (...words: string[]) => {
  const { kind, candidates } = await complete(words, { commands, labelSets: async () => ['everyday', 'pets'] });
  return { kind, values: candidates.map(({ value }) => value) };
};

test('every command is offered, each with its summary', async () => {
  expect((await ask('')).values).toEqual(Object.keys(commands));
  const { candidates } = await complete(['rot'], { commands, labelSets: async () => [] });
  expect(candidates).toEqual([{ value: 'rotate', about: operations.rotate?.summary }]);
});

test('every flag of every command is offered once, but not those that contradict one that is given', async () => {
  for (const [name, { flags, passesOn }] of Object.entries(commands)) {
    if (passesOn) continue;
    const { values } = await ask(name, '--');
    expect(values).toEqual([...Object.keys(flags).map((flag) => `--${flag}`), '--help']);
  }
  const { values } = await ask('classify', '--json', '-l', 'a,b', '--');
  for (const gone of ['--json', '--csv', '--labelset']) expect(values).not.toContain(gone);
  expect(values).toContain('--labels');
});

test.each([
  [
    ['resize', '--fit', 'c'],
    ['cover', 'contain'],
  ],
  [['resize', '--fit=i'], ['--fit=inside']],
  [
    ['resize', '--enlarge', ''],
    ['true', 'false'],
  ],
  [['resize', '--width', ''], []],
  [['label', '--labelset', 'p'], ['pets']],
  [['gray', '--format', 'w'], ['webp']],
  [['models', 'v'], ['verify']],
  [['models', 'install', ''], []],
  [['completion', 'b'], ['bash']],
  [['model', ''], []],
  [['nothing', ''], []],
  [['toString', ''], []],
])('%j → %j', async (words, values) => expect(await ask(...words)).toEqual({ kind: 'values', values }));

test.each([
  [['rotate', ''], 'files'],
  [['classify', '--labels-file', ''], 'files'],
  [['classify', '--examples', ''], 'folders'],
  [['pipeline', '-o', ''], 'folders'],
])('%j is left to the shell: %s', async (words, kind) => expect(await ask(...words)).toEqual({ kind, values: [] }));

test('a chain is completed step by step, option by option', async () => {
  const chain = async (text: string) => (await ask('transform', '--chain', text)).values;
  expect(await chain('')).toEqual(Object.keys(operations));
  expect(await chain('rotate:90;pix')).toEqual(['rotate:90;pixelate']);
  expect(await chain('resize:wi')).toEqual(['resize:width=']);
  expect(await chain('rotate:90;resize:width=512,fit=co')).toEqual([
    'rotate:90;resize:width=512,fit=cover',
    'rotate:90;resize:width=512,fit=contain',
  ]);
  expect(await chain('constructor:')).toEqual([]);
  expect((await ask('pipeline', '-s', 'denoise;cl')).values).toEqual(['denoise;classify']);
});
