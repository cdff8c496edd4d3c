import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BUILT_IN_SETS } from '../cli/completion.ts';
import { loadLabelsets } from '../src/clip/labelsets.ts';

/*
 * Completion in the shells themselves: keys are typed at a terminal, and the command tells what it was started with.
 */
vi.setConfig({ testTimeout: 300_000 });

const bundle = fileURLToPath(new URL('../dist/cli/index.js', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'obscura-completion-'));
const at = (name: string): string => path.join(folder, name);
const env = {
  ...process.env,
  PATH: `${at('bin')}${path.delimiter}${process.env.PATH}`,
  // Nobody answers there: the label sets are the built-in ones.
  OBSCURA_GATEWAY: 'http://127.0.0.1:9',
  TERM: 'dumb',
  ZDOTDIR: folder,
  HOME: folder,
};

beforeAll(() => {
  for (const name of ['bin', 'photos', 'my photos']) mkdirSync(at(name));
  writeFileSync(at('my photos/a cat.jpg'), '');
  writeFileSync(
    at('bin/obscura'),
    `#!/bin/sh
[ "$1" = __complete ] && exec "${process.execPath}" "${bundle}" "$@"
printf RAN; printf '<%s>' "$@"; echo
`,
  );
  chmodSync(at('bin/obscura'), 0o755);
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(at(`obscura.${shell}`), execFileSync(process.execPath, [bundle, 'completion', shell]));
  }
  writeFileSync(at('.bashrc'), "source ~/obscura.bash\nPS1='READY> '\n");
  writeFileSync(at('.zshrc'), "autoload -Uz compinit; compinit -u -D\nsource ~/obscura.zsh\nPS1='READY> '\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;
/** util-linux's, which gives a program a terminal. */
const hasTerminal = process.platform === 'linux' && has('script', '--version');

/** Types lines, each when the shell is ready, a tab for each `⇥`. @returns what the command was started with */
async function typed(shell: string, lines: string[]): Promise<string[]> {
  const child: ChildProcess = spawn('script', ['-qfec', shell, '/dev/null'], { cwd: folder, env });
  let printed = '';
  let next = 0;
  child.stdout?.on('data', (chunk) => {
    printed += String(chunk);
    if (printed.split('READY> ').length - 1 <= next) return;
    child.stdin?.write(`${lines[next++]?.replaceAll('⇥', '\t') ?? 'exit'}\n`);
  });
  await once(child, 'close');
  return printed.match(/^RAN.*?(?=\r?$)/gm) ?? [];
}

const CASES: [string, string][] = [
  ['rot⇥', '<rotate>'],
  ['resize --fi⇥cov⇥ x', '<resize><--fit><cover><x>'],
  ['resize --fit=cov⇥', '<resize><--fit=cover>'],
  ['transform -c "rotate:90;resi⇥:fi⇥cov⇥"', '<transform><-c><rotate:90;resize:fit=cover>'],
  ['rotate --format we⇥my⇥a⇥', '<rotate><--format><webp><my photos/a cat.jpg>'],
  ['label --labelset ever⇥', '<label><--labelset><everyday>'],
  ['classify --labelset=cats⇥', '<classify><--labelset=cats-dogs>'],
  ['label --examples pho⇥', '<label><--examples><photos>'],
  ['completion fi⇥', '<completion><fish>'],
];

describe.skipIf(!hasTerminal).each([
  ['bash', 'bash --noprofile -i'],
  ['zsh', 'zsh -i'],
])('%s (skipped where it, or script, is not installed)', (name, shell) => {
  test.skipIf(!has(name, '--version'))('completes what is typed', async () => {
    const ran = await typed(
      shell,
      CASES.map(([line]) => `obscura ${line}`),
    );
    // bash leaves the slash of a folder, zsh takes it away.
    expect(ran.map((line) => line.replace('photos/>', 'photos>'))).toEqual(CASES.map(([, words]) => `RAN${words}`));
  });
});

describe.skipIf(!has('fish', '--version'))('fish (skipped where it is not installed)', () => {
  const offered = (line: string): string[] =>
    execFileSync('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', at('obscura.fish'), line], {
      cwd: folder,
      env,
    })
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((one) => one.split('\t')[0] as string);

  test.each([
    ['obscura rot', ['rotate']],
    ['obscura resize --fit cov', ['cover']],
    ['obscura resize --fit=cov', ['--fit=cover']],
    ['obscura transform -c "rotate:90;resi', ['rotate:90;resize']],
    ['obscura rotate my', ['my photos/']],
    ['obscura label --examples pho', ['photos/']],
    ['obscura label --labelset ', BUILT_IN_SETS],
  ])('%s', (line, values) => expect(offered(line)).toEqual(values));
});

test('clip-fn has the label sets that are offered without a gateway', () => {
  expect([...loadLabelsets().keys()]).toEqual(expect.arrayContaining(BUILT_IN_SETS));
});
