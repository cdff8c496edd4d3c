import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const script = fileURLToPath(new URL('trace.mjs', import.meta.url));
let app: string;

beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), 'trace-'));
});
afterAll(() => rm(app, { recursive: true, force: true }));

async function trace(name: string, code: string): Promise<{ bundle: string; names: string[] }> {
  const folder = path.join(app, name, 'dist');
  await mkdir(folder, { recursive: true });
  const bundle = path.join(folder, 'index.mjs');
  await writeFile(path.join(folder, 'index.js'), code);
  await writeFile(bundle, code);
  const out = path.join(app, name, 'node_modules');
  await run(process.execPath, [script, folder, modules, out]);
  return { bundle, names: readdirSync(out).filter((entry) => !entry.startsWith('@')) };
}

it('copies what a bundle with native packages needs to run, and nothing it has inside', async () => {
  const code = `
    import { readFile } from "node:fs/promises";
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    import sharp from"sharp";
    const { InferenceSession } = require("onnxruntime-node");
    const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } }).png().toBuffer();
    console.log((await sharp(png).metadata()).width, typeof InferenceSession.create, typeof readFile);`;
  const { bundle, names } = await trace('native', code);
  expect((await run(process.execPath, [bundle])).stdout).toBe('3 function function\n');
  expect(names).toEqual(expect.arrayContaining(['sharp', 'onnxruntime-node', 'onnxruntime-common', 'detect-libc']));
  expect(names).not.toContain('axios');
  const platforms = path.join(app, 'native/node_modules/onnxruntime-node/bin');
  const inside = readdirSync(platforms).flatMap((version) => readdirSync(path.join(platforms, version)));
  expect(inside).toEqual([process.platform]);
});

it('copies nothing for a bundle that needs nothing', async () => {
  expect((await trace('plain', 'import "node:fs"; import path from "path"; console.log(path.sep)')).names).toEqual([]);
});

it('takes the files of the platform that is asked for, whatever this one is', async () => {
  const folder = path.join(app, 'other/dist');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'index.js'), 'import "sharp"; import "onnxruntime-node";');
  const out = path.join(app, 'other/node_modules');
  const other =
    process.arch === 'arm64' ? { docker: 'linux/amd64', node: 'x64' } : { docker: 'linux/arm64', node: 'arm64' };
  await run(process.execPath, [script, folder, modules, out, other.docker]);
  const files = readdirSync(out, { recursive: true }).map(String);
  const natives = files.filter((file) => /\.(node|dll|dylib|so)\b/.test(file));
  expect(natives.length).toBeGreaterThan(0);
  expect(natives.filter((file) => !file.includes(path.join('linux', other.node)))).toEqual([]);
  // This machine's sharp stays behind; the other's comes along where it is installed, as it is in that image.
  expect(files.filter((file) => file.includes(`-${process.platform}-${process.arch}`))).toEqual([]);
});
