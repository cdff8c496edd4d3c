import { CommanderError } from 'commander';
import { expect, test, vi } from 'vitest';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import type { ParsedArgs } from './flags.ts';
import { createProgram } from './program.ts';
import { operations, output } from './schema.ts';
import { flagName } from './transform.ts';

interface Read {
  command?: Command;
  given?: ParsedArgs;
  status?: number;
  out: string;
  err: string;
}

/** Reads a command line without running its command. */
async function read(...args: string[]): Promise<Read> {
  const found: Read = { out: '', err: '' };
  const write = (to: 'out' | 'err') => (text: string | Uint8Array) => {
    found[to] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(write('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(write('err')),
  ];
  try {
    const run = async (command: Command, given: ParsedArgs) => {
      Object.assign(found, { command, given });
      return 7;
    };
    const done = (status: number) => Object.assign(found, { status });
    await createProgram(commands, { version: '1.2.3', run, done }).parseAsync(args, { from: 'user' });
  } catch (error) {
    expect(error).toBeInstanceOf(CommanderError);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return found;
}

test('values, switches and lists are read; a negative number is a value', async () => {
  const { command, given, status } = await read('rotate', 'a.jpg', '--angle', '-90', '-f', '-');
  expect([command, status]).toEqual([commands.rotate, 7]);
  expect([given?.text('angle'), given?.has('force'), given?.positionals]).toEqual(['-90', true, ['a.jpg', '-']]);
  expect([given?.text('background'), given?.has('json')]).toEqual([undefined, false]);
  const classified = await read('classify', '-l', 'a,b', 'x.jpg', '--labels=c', '--min-cosine', '0', '--json');
  expect([
    classified.given?.list('labels'),
    classified.given?.text('min-cosine'),
    classified.given?.positionals,
  ]).toEqual([['a,b', 'c'], '0', ['x.jpg']]);
});

test('a whole number is read within its bounds', async () => {
  const { given } = await read('rotate', 'a.jpg', '--jobs', '2x');
  const bounds = { min: 1, max: 9 };
  expect(() => given?.count('jobs', 4, bounds)).toThrow('--jobs is "2x"; it must be a whole number from 1 to 9');
  expect(given?.count('tries', 3, bounds)).toBe(3);
});

test.each([
  [['rotate', '--angel', '3', 'a.jpg'], /unknown option '--angel'\n\(Did you mean --angle\?\)/],
  [['rotate', 'a.jpg', '--angle'], /'--angle <X>' argument missing/],
  [['rotat', 'a.jpg'], /unknown command 'rotat'\n\(Did you mean rotate\?\)/],
  [['rotate', 'a.jpg', '--port', '1', '--gateway', 'http://x'], /'--gateway <URL>' cannot be used with option '--port/],
  [['classify', 'a.jpg', '--csv', '--json'], /'--csv' cannot be used with option '--json'/],
  [['classify', 'a.jpg', '-l', 'a', '--labels-file', 'x'], /cannot be used with option '--labels-file/],
])('%j is not understood, and the complaint says why', async (args, words) => {
  const { command, err } = await read(...args);
  expect(command).toBeUndefined();
  expect(err).toMatch(words);
  expect(err).toMatch(/--help shows more/);
});

test('words for another program go to it as they are', async () => {
  const { command, given } = await read('models', 'install', 'x', '--force', '--from', 'folder');
  expect([command, given?.positionals]).toEqual([commands.models, ['install', 'x', '--force', '--from', 'folder']]);
});

test.each([
  ['gray', 'grayscale'],
  ['grey', 'grayscale'],
  ['labelsets', 'label-sets'],
])('%s is %s', async (alias, name) => {
  expect((await read(alias, 'a.jpg')).command).toBe(commands[name]);
});

test('every operation is a command with every option of its own and of the output', async () => {
  const { out } = await read('--help');
  for (const [name, { summary, options }] of Object.entries(operations)) {
    expect(out).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 40).replaceAll(/[().;]/g, '.')}`, 'm'));
    const names = [...Object.keys(options), ...Object.keys(output)].map(flagName);
    expect(Object.keys(commands[name]?.flags ?? {})).toEqual(expect.arrayContaining(names));
    // No option of an operation hides one of the command's own.
    for (const own of ['output', 'force', 'jobs', 'json', 'quiet', 'gateway', 'host', 'port', 'tries', 'timeout'])
      expect(names).not.toContain(own);
  }
});

test('help says what the registry allows', async () => {
  const { out } = await read('rotate', '--help');
  expect(out).toMatch(/--angle <X> +a number from -3600 to 3600 degrees, clockwise \(90\)/);
  expect(out.indexOf('Result:')).toBeLessThan(out.indexOf('Gateway:'));
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('the version is the package’s', async () => {
  expect((await read('--version')).out).toBe('1.2.3\n');
});
