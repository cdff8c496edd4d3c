import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SharedSystem, sharedSystem } from './shared.ts';

/*
 * The commands of the documentation, run as they are printed against a whole system: every line of every block for a
 * shell, but for those of LEFT_OUT.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const docs = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];

/** What is not run here, and why. Each must still be in the documentation. */
const LEFT_OUT: [RegExp, string][] = [
  [/^git clone |^cd obscura$|^npm ci\b/, 'how CI begins, and every fresh clone'],
  [/^(\w+=\S+ )*npm start\b/, 'what the system of these tests is started with'],
  [/^npm test\b|^npm run (test:|lint|types|screenshots)|npx vitest|^\.ci\/run/, 'the tests themselves, and CI'],
  [/npm run test:openfaas/, 'needs a Docker engine'],
  [/^npm run (stress|soak|kills|chaos|evaluate)\b/, 'takes many minutes, or photos of the reader'],
  [/npm run images|^docker|^dockerd|^apt-get|base-image|^PATH=|^export STORE_SECRET_KEY/, 'needs a Docker engine'],
  [/^kubectl/, 'needs a cluster'],
  [/\bfaas-cli\b/, 'a tool that is seldom installed; gateway-faas-cli.test.ts sends its requests'],
  [/grpcurl|grpc:client|^npm run grpc\b/, 'grpc.test.ts and sample-client.test.ts run these'],
  [/oazapfts/, 'openapi-client.test.ts runs these'],
  [/postcard-fn|posterize-fn|:8081/, 'a function that the reader writes, or a cluster'],
  [/models (-- )?(install|remove)/, 'downloads; models.test.ts'],
  [/^npm run pack\b|\.tgz/, 'package.test.ts runs these'],
  [/completion (zsh|fish)/, 'completion.test.ts runs these'],
  [/^obscura open/, 'opens a browser'],
  [/jobs\/ID|…/, 'an id or a password is filled in by the reader'],
];
const reasonFor = (line: string): RegExp | undefined => LEFT_OUT.find(([pattern]) => pattern.test(line))?.[0];

interface Block {
  page: string;
  lines: string[];
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, block = '']) => {
    const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
    return { page, lines: lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')) };
  });
}

const blocks = PAGES.flatMap(blocksOf);
const allLines = blocks.flatMap(({ lines }) => lines);
const quotes = (line: string): number => line.replace(/ #.*$/, '').split("'").length - 1;
const isAssignment = (line: string): boolean => /^\w+=[^ ]*(?: |$)/.test(line) && !/^\w+=\S+ \w/.test(line);
/** Line by line, but all at once where a line sets what another uses, or one begins a text that another ends. */
const scripts = blocks.flatMap(({ page, lines }) => {
  const kept = lines.filter((line) => reasonFor(line) === undefined);
  const together = kept.some((line) => isAssignment(line) || quotes(line) % 2 === 1);
  return (together ? [kept.join('\n')] : kept).map((script) => ({ page, script }));
});

let system: SharedSystem;
let folder: string;

/** `obscura` and `npm run models` are those of this checkout; curl fails where an answer is an error. */
const shims = () => `
set -eo pipefail
obscura() { "${process.execPath}" "${path.join(root, 'dist/cli/index.js')}" "$@"; }
curl() { command curl --silent --show-error --fail-with-body "$@"; }
npm() {
  if [[ "$1 $2 $3 $4" == "run -s obscura --" ]]; then shift 4; obscura "$@"
  elif [[ "$1 $2" == "run models" ]]; then shift 3; obscura models "$@"
  else command npm "$@"; fi
}
`;

async function bash(printed: string): Promise<string> {
  const here = printed
    .replaceAll('http://127.0.0.1:8080', system.url)
    .replaceAll(/(scripts\/\w+\.sh up)(?= +#|$)/gm, '$1 --dry-run');
  const cwd = /^npm run/.test(here) && !here.includes('obscura --') ? root : folder;
  const env = { ...process.env, OBSCURA_GATEWAY: system.url, npm_lifecycle_event: '' };
  const args = ['-c', `${shims()}\n${here}`];
  return (await promisify(execFile)('bash', args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
}

beforeAll(async () => {
  system = await sharedSystem();
  folder = mkdtempSync(path.join(tmpdir(), 'docs-'));
  for (const name of ['photos', 'kinds/my-mug', 'kinds/other']) mkdirSync(path.join(folder, name), { recursive: true });
  const sample = (name: string) => path.join(root, 'functions/frontend-fn/page/samples', `${name}.jpg`);
  const files = ['cat', 'out', 'a', 'b', 'c', 'which', 'in', 'photos/a', 'photos/b', 'kinds/my-mug/a', 'kinds/other/b'];
  for (const name of files) copyFileSync(sample('cat'), path.join(folder, `${name}.jpg`));
  copyFileSync(sample('coffee'), path.join(folder, 'kinds/my-mug/b.jpg'));
  copyFileSync(sample('rocket'), path.join(folder, 'in.png'));
  writeFileSync(path.join(folder, 'signing-keys'), 'a key of thirty-two letters, or so\n');
  for (const name of ['scripts', 'functions', 'stack.yml']) {
    symlinkSync(path.join(root, name), path.join(folder, name));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test('no -F gives a value with a semicolon, at which curl ends it', () => {
  expect(allLines.filter((line) => /-F (?:'[^']*;|"[^"]*;|[^\s'"]*;)/.test(line))).toEqual([]);
});

test('what is left out is still there, and it is less than what is run', () => {
  expect(LEFT_OUT.filter(([pattern]) => !allLines.some((line) => pattern.test(line)))).toEqual([]);
  expect(allLines.filter((line) => reasonFor(line) === undefined).length).toBeGreaterThan(45);
});

describe.each(PAGES)('%s', (page) => {
  const own = [...new Set(scripts.filter((one) => one.page === page).map(({ script }) => script))];
  test.skipIf(own.length === 0).each(own.length === 0 ? ['(no command that is run)'] : own)('%s', async (printed) => {
    const out = await bash(printed);
    // Where a command names its steps, all of them run.
    const steps = /[?&]steps=([^'&]*)/.exec(printed)?.[1]?.split(';') ?? [];
    if (steps.length > 0 && out.startsWith('{'))
      expect(JSON.parse(out)).toMatchObject({ steps: { length: steps.length } });
    // Where a comment says what is printed, that is printed.
    const [, said] = / # (cat\.jpg: .*)/.exec(printed) ?? [];
    if (said !== undefined) expect(out.trim()).toBe(said);
  });
});
