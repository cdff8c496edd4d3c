import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { writeContext } from './context.ts';
import { type BuildOptions, functionBuild, programBuild } from './docker.ts';
import { readPlan } from './plan.ts';
import { sizeTable } from './sizes.ts';

const stack = fileURLToPath(new URL('../../stack.yml', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'obscura-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

function put(file: string, text = file): void {
  mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

test('reads what faas-cli build reads of stack.yml', () => {
  const { functions, copy } = readPlan(stack, ['clip-fn'], { REGISTRY: 'ghcr.io/you', CLIP_MODEL: 'clip-vit-b-32' });
  expect(functions).toEqual([
    {
      name: 'clip-fn',
      template: 'template/node-ts',
      handler: './functions/clip-fn',
      image: 'ghcr.io/you/clip-fn:latest',
      buildArgs: { MODELS: 'clip-mini clip-vit-b-32' },
    },
  ]);
  expect(copy).toEqual(['workspace']);
  expect(readPlan(stack, [], {}).functions.length).toBeGreaterThan(8);
  expect(() => readPlan(stack, ['clip-fn', 'nope'], {})).toThrow('stack.yml has no function nope.');
});

test('lays a context out as faas-cli --shrinkwrap does', async () => {
  put('template/t/Dockerfile');
  put('template/t/function/handler.ts', 'the template');
  put('fn/handler.ts', 'the function');
  put('fn/page/main.ts');
  put('fn/build/left-out');
  put('fn/template/left-out');
  put('src/deep/file.ts');
  put('scripts/build.mjs');
  put('build/f/stale');
  const plan = { name: 'f', template: 'template/t', handler: './fn', image: 'f', buildArgs: {} };
  const context = await writeContext(plan, ['src', 'scripts/build.mjs'], folder);
  expect(path.relative(folder, context)).toBe(path.join('build', 'f'));
  expect(readdirSync(context).sort()).toEqual(['Dockerfile', 'function']);
  const inside = path.join(context, 'function');
  expect(readdirSync(inside).sort()).toEqual(['handler.ts', 'page', 'scripts', 'src']);
  expect(readFileSync(path.join(inside, 'handler.ts'), 'utf8')).toBe('the function');
  expect(existsSync(path.join(inside, 'src/deep/file.ts'))).toBe(true);
});

const options: BuildOptions = {
  platforms: '',
  push: false,
  check: false,
  buildArgs: [],
  secrets: [],
  network: undefined,
  origin: { revision: 'abc', version: '1.0.0', source: 'https://example.org/obscura' },
};
const plan = { name: 'f-fn', template: '', handler: '', image: 'you/f-fn:1', buildArgs: { MODELS: 'a b' } };

test('builds with what the stack file and the command line say', () => {
  const origin = ['REVISION=abc', 'VERSION=1.0.0', 'SOURCE=https://example.org/obscura'];
  const args = functionBuild(plan, 'build/f-fn', {
    ...options,
    check: true,
    network: 'host',
    secrets: ['id=ca,src=ca.pem'],
    buildArgs: ['MODELS=c'],
  });
  const said = ['MODELS=a b', 'FUNCTION=f-fn', 'CHECK=test', ...origin, 'MODELS=c'].flatMap((arg) => [
    '--build-arg',
    arg,
  ]);
  expect(args).toEqual([
    ...['build', '--network', 'host', '--secret', 'id=ca,src=ca.pem', ...said],
    ...['--tag', 'you/f-fn:1', 'build/f-fn'],
  ]);
});

test('pushes for several platforms, with SBOM and provenance', () => {
  const args = programBuild('deploy/Dockerfile', 'you/gateway:1', ['PROGRAM=gateway'], {
    ...options,
    push: true,
    platforms: 'linux/amd64,linux/arm64',
  });
  expect(args.slice(0, 2)).toEqual(['buildx', 'build']);
  expect(args).toEqual(expect.arrayContaining(['--sbom=true', '--provenance=mode=max', 'linux/amd64,linux/arm64']));
  expect(args.slice(-5)).toEqual(['--file', 'deploy/Dockerfile', '--tag', 'you/gateway:1', '.']);
});

test('tells what an image adds to its base, and refuses to tell it of another', () => {
  const base = { Size: 200_000_000, RootFS: { Layers: ['a', 'b'] } };
  const image = { Size: 227_400_000, RootFS: { Layers: ['a', 'b', 'c'] } };
  expect(sizeTable(base, { 'f-fn': image }).split('\n')).toContain('| `f-fn` | 27 | 227 |');
  expect(() => sizeTable({ ...base, RootFS: { Layers: ['x'] } }, { 'f-fn': image })).toThrow('f-fn is not built on');
});
