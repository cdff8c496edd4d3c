import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sourcesFile, sourcesOf, sourcesOfBuild } from './sources.mjs';

let root: string;
const write = (name: string, text = 'x') => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sources-'));
  for (const name of ['src/a.ts', 'functions/a-fn/handler.ts', 'models/m/manifest.json', 'package.json']) write(name);
});
afterEach(() => rmSync(root, { recursive: true }));

test.each([
  ['a file that is longer', () => write('src/a.ts', 'xy')],
  ['a file that was written again', () => utimesSync(path.join(root, 'src/a.ts'), 1, 1)],
  ['a new function', () => write('functions/b-fn/handler.js')],
  ['a function that is gone', () => rmSync(path.join(root, 'functions/a-fn'), { recursive: true })],
  ['another model', () => write('models/n/manifest.json')],
  ['other packages', () => write('node_modules/.package-lock.json')],
])('%s is a change', (_, change) => {
  const before = sourcesOf(root);
  expect(sourcesOf(root)).toBe(before);
  change();
  expect(sourcesOf(root)).not.toBe(before);
});

test('what a build does not read is none', () => {
  const before = sourcesOf(root);
  for (const name of ['docs/a.md', 'functions/a-fn/node_modules/b/index.js', 'models/m/image.onnx']) write(name);
  expect(sourcesOf(root)).toBe(before);
});

test('behind a link nothing is seen, so everything may have changed', () => {
  const elsewhere = mkdtempSync(path.join(tmpdir(), 'elsewhere-'));
  symlinkSync(elsewhere, path.join(root, 'functions/linked-fn'), 'junction');
  expect(sourcesOf(root)).toBeUndefined();
  rmSync(elsewhere, { recursive: true });
});

test('a build tells what it was made from; one that does not, says nothing', () => {
  expect(sourcesOfBuild(root)).toBeUndefined();
  writeFileSync(sourcesFile(root), 'these');
  expect(sourcesOfBuild(root)).toBe('these');
});
