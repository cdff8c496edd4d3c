import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SharedSystem, sharedSystem } from './shared.ts';

/* The curl commands of the documentation, run as they are printed against a whole system. */
const root = fileURLToPath(new URL('..', import.meta.url));
const PAGES = ['README.md', 'docs/api.md', 'docs/clip.md', 'docs/running.md'];
/** What a reader fills in, and what is fetched from elsewhere. */
const TO_FILL_IN = /\bID\b|…|https:\/\//;
const PHOTOS = ['cat.jpg', 'out.jpg', 'a.jpg', 'b.jpg', 'c.jpg', 'which.jpg'];

function commandsOf(page: string): string[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block.replaceAll('\\\n', ' '));
  return blocks.flatMap((block) => block.split('\n').filter((line) => line.startsWith('curl ')));
}

const commands = PAGES.flatMap(commandsOf).filter((command) => !TO_FILL_IN.test(command));
let system: SharedSystem;
let folder: string;
const bash = async (command: string): Promise<string> =>
  (await promisify(execFile)('bash', ['-c', command], { cwd: folder, maxBuffer: 64 * 1024 * 1024 })).stdout;

beforeAll(async () => {
  system = await sharedSystem();
  folder = mkdtempSync(path.join(tmpdir(), 'docs-'));
  const cat = path.join(root, 'functions/frontend-fn/page/samples/cat.jpg');
  for (const name of PHOTOS) copyFileSync(cat, path.join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('no -F gives a value with a semicolon, at which curl ends it', () => {
  expect(PAGES.flatMap(commandsOf).filter((command) => /-F (?:'[^']*;|"[^"]*;|[^\s'"]*;)/.test(command))).toEqual([]);
});

test('there are some', () => expect(commands.length).toBeGreaterThan(12));

test.each(commands)('%s', async (printed) => {
  const here = printed.replace('http://127.0.0.1:8080', system.url);
  const out = await bash(here.replace('curl ', 'curl --silent --show-error --fail-with-body '));
  // Where a command names its steps, all of them run.
  const steps = /steps=([^'&]*)/.exec(printed)?.[1]?.split(';') ?? [];
  if (steps.length > 0 && out.startsWith('{'))
    expect(JSON.parse(out)).toMatchObject({ steps: { length: steps.length } });
});

test('the command prints what the README says', async () => {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');
  const [, args, printed] = /obscura -- (classify .*?) +# (cat\.jpg: .*)/.exec(text) ?? [];
  const cli = path.join(root, 'dist/cli/index.js');
  const out = await bash(`"${process.execPath}" "${cli}" ${args} --gateway ${system.url}`);
  expect(out.trim()).toBe(printed);
});
