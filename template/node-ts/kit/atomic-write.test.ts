import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeAtomically } from '#kit/atomic-write';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'obscura-atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('replaces a file whole, with the permissions asked for', async () => {
  const file = path.join(folder, 'secret');
  await writeAtomically(file, 'a longer value', { mode: 0o600 });
  await writeAtomically(file, Buffer.from('new'), { mode: 0o600, sync: true });
  expect(await readFile(file, 'utf8')).toBe('new');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['secret']);
});

it('leaves no draft where it fails', async () => {
  await mkdir(path.join(folder, 'taken', 'inside'), { recursive: true });
  await expect(writeAtomically(path.join(folder, 'taken'), 'x')).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['taken']);
});
