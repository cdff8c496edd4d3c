import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

/* Every kind of handler, laid out as faas-cli lays folders out, built by the template and run under its runtime. */

const root = fileURLToPath(new URL('..', import.meta.url));
const template = path.join(root, 'template/node-ts');
mkdirSync(path.join(root, 'dist'), { recursive: true });
// Where the template's packages are found; in an image they are beside it.
const folder = mkdtempSync(path.join(root, 'dist/handlers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Files = Record<string, string>;
let count = 0;

/** The template, and the user's files over its function folder; packages are as npm leaves them. */
function layOut(files: Files): string {
  count += 1;
  const context = path.join(folder, `context-${count}`);
  cpSync(template, context, { recursive: true, filter: (file) => !/node_modules|\.test\.ts$|fixtures/.test(file) });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(context, 'function', name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(path.join(root, text.slice(3)), file, 'junction');
    else writeFileSync(file, text);
  }
  return context;
}

async function build(files: Files): Promise<string> {
  const context = layOut(files);
  const main = path.join(context, 'bundler/main.mjs');
  const args = ['--out', path.join(context, 'dist'), '--root', path.join(context, 'empty')];
  await promisify(execFile)(process.execPath, [main, ...args, `fn=${path.join(context, 'function')}`]);
  return path.join(context, 'dist/fn/index.js');
}

/** What the handler answers to `hello`, sent as text. */
async function answer(files: Files): Promise<string> {
  const child = spawn(process.execPath, [await build(files)], { env: { ...process.env, http_port: '0' } });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const log: string[] = [];
      createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.push(line);
        if (line.includes('"msg":"listening"')) resolve(`http://127.0.0.1:${JSON.parse(line).port}/`);
      });
      child.once('close', () => reject(new Error(log.join('\n'))));
    });
    const headers = { 'content-type': 'text/plain' };
    return await (await fetch(url, { method: 'POST', headers, body: 'hello' })).text();
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

const official = `'use strict'

module.exports = async (event, context) => {
  const result = {
    'body': JSON.stringify(event.body),
    'content-type': event.headers["content-type"]
  }

  return context
    .status(200)
    .succeed(result)
}
`;
const manifest = (more: object = {}) => JSON.stringify({ name: 'fn', version: '1.0.0', main: 'handler.js', ...more });
const ofOfficial = '{"body":"\\"hello\\"","content-type":"text/plain"}';
const pkg = { 'node_modules/shout/package.json': '{"name":"shout","version":"1.0.0"}' };
const shout = { ...pkg, 'node_modules/shout/index.js': 'module.exports = (text) => text.toUpperCase();' };
const esm = {
  'node_modules/shout/package.json': '{"name":"shout","version":"1.0.0","type":"module","exports":"./index.js"}',
  'node_modules/shout/index.js': 'export default (text) => text.toUpperCase();',
};
const needs = (more: object = {}) => ({ 'package.json': manifest({ dependencies: { shout: '1.0.0' }, ...more }) });

const HANDLERS: [name: string, files: Files, said: string][] = [
  ["the template's sample", {}, '{"body":"hello","content-type":"text/plain"}'],
  ['official sample, with its package.json', { 'handler.js': official, 'package.json': manifest() }, ofOfficial],
  ['official sample, without any', { 'handler.js': official }, ofOfficial],
  ['CommonJS, handler.cjs', { 'handler.cjs': 'module.exports = (event) => event.body;' }, 'hello'],
  ['ES module, handler.mjs', { 'handler.mjs': 'export default async (event) => event.body;' }, 'hello'],
  ['ES module, handler.js by its syntax', { 'handler.js': 'export default (event) => event.body;' }, 'hello'],
  [
    'ES module, handler.js by its package.json',
    { 'handler.js': 'export const handler = (event) => event.body;', 'package.json': manifest({ type: 'module' }) },
    'hello',
  ],
  [
    'TypeScript, in place of the sample',
    {
      'handler.ts':
        "import type { FunctionEvent } from '#handler';\nexport default (event: FunctionEvent) => 'ts ' + event.body;",
    },
    'ts hello',
  ],
  [
    'TypeScript of several files, with its compiled JavaScript beside it',
    {
      'handler.ts': "import { twice } from './lib/twice.ts';\nexport default (e: { body: string }) => twice(e.body);",
      'handler.js': 'module.exports = () => "stale";',
      'lib/twice.ts': 'export const twice = (text: string): string => text + text;',
    },
    'hellohello',
  ],
  [
    'callback',
    { 'handler.js': 'module.exports = (e, c, callback) => { callback(null, "by " + e.body); };' },
    'by hello',
  ],
  [
    'callback, later',
    { 'handler.js': 'module.exports = (e, c, done) => { setTimeout(() => done(undefined, { later: e.body }), 5); };' },
    '{"later":"hello"}',
  ],
  ['promise', { 'handler.js': 'module.exports = (e) => new Promise((ok) => setImmediate(ok, e.body));' }, 'hello'],
  ['exports.handler', { 'handler.js': 'exports.handler = async (event) => event.body;' }, 'hello'],
  [
    'a dependency in CommonJS',
    { 'handler.js': "module.exports = (e) => require('shout')(e.body);", ...needs(), ...shout },
    'HELLO',
  ],
  [
    'a dependency that is an ES module',
    { 'handler.mjs': "import shout from 'shout'; export default (e) => shout(e.body);", ...needs(), ...esm },
    'HELLO',
  ],
  [
    'a dependency of TypeScript',
    {
      'handler.ts': "import shout from 'shout';\nexport default (e: { body: string }): string => shout(e.body);",
      ...needs(),
      ...shout,
    },
    'HELLO',
  ],
  [
    'a native dependency',
    {
      'handler.js': `const sharp = require('sharp');
        module.exports = async () => {
          const create = { width: 3, height: 2, channels: 3, background: 'red' };
          return String((await sharp(await sharp({ create }).png().toBuffer()).metadata()).width);
        };`,
      'package.json': manifest({ dependencies: { sharp: '*' } }),
      'node_modules/sharp': '-> node_modules/sharp',
    },
    '3',
  ],
  [
    'a module by a name made at run time, and files beside it',
    {
      'handler.js': `const fs = require('fs'), path = require('path');
        const end = () => fs.readFileSync(path.join(__dirname, 'say', 'end.txt'));
        module.exports = (e) => require('./say/' + e.body)() + end();`,
      'say/hello.js': 'module.exports = () => require("./data.json").word;',
      'say/data.json': '{"word":"hi"}',
      'say/end.txt': '!',
    },
    'hi!',
  ],
  [
    'TypeScript that reads files beside it',
    {
      'handler.ts': `import { readFileSync } from 'node:fs';
        import { end } from './lib/end.ts';
        export default () => readFileSync(__dirname + '/start.txt', 'utf8') + end();`,
      'lib/end.ts': `import { readFileSync } from 'node:fs';
        export const end = (): string => readFileSync(new URL('./end.txt', import.meta.url), 'utf8');`,
      'start.txt': 'a',
      'lib/end.txt': 'z',
    },
    'az',
  ],
  [
    'an optional dependency that is not there',
    { 'handler.js': 'let x; try { x = require("not-there"); } catch { x = "none"; }\nmodule.exports = () => x;' },
    'none',
  ],
  [
    'top-level await',
    { 'handler.mjs': 'const word = await Promise.resolve("ready"); export default () => word;' },
    'ready',
  ],
  ['a folder, handler/index.js', { 'handler/index.js': 'module.exports = (e) => e.body;' }, 'hello'],
];

describe('every handler runs', () => {
  test.each(HANDLERS)('%s', async (_name, files, said) => {
    expect(await answer(files)).toBe(said);
  });
});

describe('what cannot be built is said in a sentence', () => {
  const js = (text: string, more: Files = {}): Files => ({ 'handler.js': text, ...more });
  test.each<[string, Files, RegExp]>([
    ['no handler', { 'index.js': 'module.exports = () => 1;' }, /no handler beside index.js/],
    [
      'two handlers',
      js('module.exports = () => 1;', { 'handler.mjs': 'export default () => 2;' }),
      /more than one handler/,
    ],
    [
      'a package that is not there',
      js('const x = require("no-such"); module.exports = () => x;'),
      /"no-such" is not inst/,
    ],
    [
      'a file that is not there',
      js('require("./gone"); module.exports = () => 1;'),
      /handler.js:1: there is no ".\/gone"/,
    ],
    [
      'CommonJS in what its package.json makes an ES module',
      js('module.exports = () => 1;', { 'package.json': manifest({ type: 'module' }) }),
      /handler.js:1 uses CommonJS/,
    ],
    ['both at once', js('import "node:fs"; module.exports = () => 1;'), /uses both import and CommonJS/],
    ['no JavaScript', js('module.exports = ('), /handler.js:1: /],
    ['a native file in TypeScript', { 'handler.ts': "import './x.node';", 'x.node': '' }, /cannot be bundled/],
  ])('%s', async (_name, files, message) => {
    await expect(build(files)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  });
});

test('the sample is known by its bytes, and the template brings the bundler of this repository', () => {
  const sample = readFileSync(path.join(template, 'function/handler.ts'), 'utf8').replaceAll('\r\n', '\n');
  const finder = readFileSync(path.join(template, 'bundler/handler.mjs'), 'utf8');
  expect(finder).toContain(`SAMPLE = '${createHash('sha256').update(sample).digest('hex')}'`);
  const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  const { esbuild } = read('package.json').devDependencies;
  expect(read('template/node-ts/package.json').dependencies.esbuild).toBe(esbuild);
  expect(read('template/node-ts/package-lock.json').packages['node_modules/esbuild'].version).toBe(esbuild);
});

test('the workspace is what the functions share, and faas-cli copies it whole', () => {
  for (const name of [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'src/contract',
    'models/clip-mini',
    'test/events.ts',
  ])
    expect([name, existsSync(path.join(root, 'workspace', name))]).toEqual([name, true]);
});
