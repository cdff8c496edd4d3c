import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findInputs, readInput } from './inputs.ts';
import { fileOf, formatOf, targetOf, Writer } from './outputs.ts';

const root = mkdtempSync(path.join(tmpdir(), 'obscura-cli-'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(root, 'case-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const put = (...parts: string[]) => {
  const file = path.join(folder, ...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, parts.join('/'));
  return file;
};

describe('inputs', () => {
  test('a folder is its pictures, sorted, with their own paths; other files and hidden ones are not', async () => {
    for (const name of ['b.PNG', 'a.jpg', 'notes.txt', '.hidden.jpg']) put('photos', name);
    put('photos', 'deep', 'c.webp');
    const found = await findInputs([path.join(folder, 'photos')]);
    expect(found.map(({ relative }) => relative)).toEqual(['a.jpg', 'b.PNG', path.join('deep', 'c.webp')]);
    expect(found.every(({ listed, from }) => listed && from === 'file')).toBe(true);
  });

  test('an address is named by its last part, which leads nowhere', async () => {
    const names = [
      'https://x.example/a/cat.jpg?size=2',
      'http://x.example/',
      'https://x.example/..%2f..%2fetc',
      'http://[',
    ];
    const found = await findInputs(names);
    expect(found.map(({ relative }) => relative)).toEqual(['cat.jpg', 'picture', '_2f.._2fetc', 'picture']);
    expect(await readInput(found[0] as (typeof found)[0])).toBeUndefined();
  });

  test('a missing file fails when its turn comes; stdin can be named once', async () => {
    const [missing] = await findInputs([path.join(folder, 'no.jpg')]);
    await expect(readInput(missing as NonNullable<typeof missing>)).rejects.toThrow('There is no such file.');
    await expect(findInputs(['-', '-'])).rejects.toThrow('once');
  });
});

describe('where results go', () => {
  test('beside the picture, to a file, into a folder, to stdout', async () => {
    const inputs = await findInputs([put('photos', 'cat.jpeg')]);
    const [input] = inputs;
    const name = async (said?: string) =>
      fileOf(await targetOf(said, inputs), input as NonNullable<typeof input>, 'image/webp', 'rotate');
    expect(await name()).toBe(path.join(folder, 'photos', 'cat-rotate.webp'));
    expect(await name('x.webp')).toBe('x.webp');
    expect(await name(`${folder}/`)).toBe(path.join(folder, 'cat.webp'));
    expect(await name(folder)).toBe(path.join(folder, 'cat.webp'));
    expect(await targetOf('-', inputs)).toEqual({ to: 'stdout' });
    expect(formatOf({ to: 'file', file: 'X.JPG' })).toBe('jpeg');
    expect(() => formatOf({ to: 'file', file: 'x.gif' })).toThrow('"x.gif" cannot be written');
    expect(formatOf({ to: 'file', file: 'facts.json' })).toBeUndefined();
  });

  test('several results never go to one file', async () => {
    const inputs = await findInputs([put('a.jpg'), put('b.jpg')]);
    expect(await targetOf('new', inputs)).toEqual({ to: 'folder', folder: 'new' });
    await expect(targetOf('-', inputs)).rejects.toThrow('Only one result');
  });
});

describe('writing', () => {
  const bytes = Buffer.from('new');

  test('makes folders, leaves no half files', async () => {
    await new Writer(false).write(path.join(folder, 'x', 'y', 'a.png'), bytes);
    expect(readdirSync(path.join(folder, 'x', 'y'))).toEqual(['a.png']);
  });

  test('overwrites only when told, and never one result with another', async () => {
    const file = put('old.png');
    await expect(new Writer(false).write(file, bytes)).rejects.toThrow('exists; --force overwrites it.');
    expect(readFileSync(file, 'utf8')).toBe('old.png');
    const forced = new Writer(true);
    await forced.write(file, bytes);
    expect(readFileSync(file, 'utf8')).toBe('new');
    await expect(forced.write(file, bytes)).rejects.toThrow('is already the result of another picture');
    expect(readdirSync(folder)).toEqual(['old.png']);
  });

  test('says what is in the way', async () => {
    const file = put('file');
    await expect(new Writer(false).write(path.join(file, 'x.png'), bytes)).rejects.toThrow(
      'a part of its path is a file',
    );
  });
});
