import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPattern, matches } from './glob.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-glob-'));
const FILES = ['a.jpg', 'b.JPG', 'c.png', '.hidden.jpg', 'x/d.jpg', 'x/y/e.jpg', 'x/.z/f.jpg', 'a+b(1).jpg'];
beforeAll(() => {
  for (const name of FILES) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), '');
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['*.jpg', ['a+b(1).jpg', 'a.jpg']],
  ['?.jpg', ['a.jpg']],
  ['*.{jpg,png}', ['a+b(1).jpg', 'a.jpg', 'c.png']],
  ['**/*.jpg', ['a+b(1).jpg', 'a.jpg', 'x/d.jpg', 'x/y/e.jpg']],
  ['*/*.jpg', ['x/d.jpg']],
  ['a+b(?).jpg', ['a+b(1).jpg']],
  ['*{.jpg', []],
  ['nothing/*.jpg', []],
])('%s', async (pattern, names) => {
  expect((await matches(path.join(folder, pattern))).files).toEqual(names);
});

test('what is found is named from the folder before the first sign', async () => {
  expect(await matches(path.join(folder, 'x/**/*.jpg'))).toEqual({
    folder: path.join(folder, 'x'),
    files: ['d.jpg', 'y/e.jpg'],
  });
  expect([isPattern('a.jpg'), isPattern('a*.jpg')]).toEqual([false, true]);
});
