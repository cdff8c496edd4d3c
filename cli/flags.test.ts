import { expect, test } from 'vitest';
import { commands } from './commands.ts';
import { readFlags } from './flags.ts';
import { helpOf, overview } from './help.ts';
import { operations, output } from './schema.ts';
import { flagName } from './transform.ts';

const flags = {
  angle: { value: 'X', about: '' },
  label: { value: 'X', multiple: true, about: '' },
  force: { short: 'f', about: '' },
};

test('values, switches and lists are read; a negative number is a value', () => {
  const given = readFlags(['a.jpg', '--angle', '-90', '-f', '--label', 'x', '--label=y', '-'], flags);
  expect([given.text('angle'), given.has('force'), given.list('label'), given.positionals]).toEqual([
    '-90',
    true,
    ['x', 'y'],
    ['a.jpg', '-'],
  ]);
  expect([given.text('label'), given.list('angle'), given.has('other')]).toEqual([undefined, undefined, false]);
});

test('what cannot be understood is named', () => {
  expect(() => readFlags(['--angel', '3'], flags)).toThrow(
    'no option --angel here; there are --angle, --label, --force',
  );
  expect(() => readFlags(['--angle'], flags)).toThrow('--angle needs a value');
  expect(() => readFlags(['--force=1'], flags)).toThrow('--force takes no value');
  const given = readFlags(['--angle', '2x'], flags);
  expect(() => given.count('angle', 1, { min: 1, max: 9 })).toThrow(
    '--angle is "2x"; it must be a whole number from 1 to 9',
  );
});

test('every operation is a command with every option of its own and of the output', () => {
  const listed = overview(commands);
  for (const [name, { summary, options }] of Object.entries(operations)) {
    expect(listed).toContain(`${name.padEnd(13)}${summary}`);
    const command = commands[name];
    const names = [...Object.keys(options), ...Object.keys(output)].map(flagName);
    expect(Object.keys(command?.flags ?? {})).toEqual(expect.arrayContaining(names));
    // No option of an operation hides one of the command's own.
    for (const own of ['output', 'force', 'jobs', 'json', 'quiet', 'gateway', 'host', 'port', 'tries', 'timeout']) {
      expect(names).not.toContain(own);
    }
  }
});

test('help says what the registry allows', () => {
  const help = helpOf('rotate', commands.rotate as NonNullable<typeof commands.rotate>);
  expect(help).toContain('--angle X');
  expect(help).toContain('a number from -3600 to 3600 degrees, clockwise (90)');
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});
