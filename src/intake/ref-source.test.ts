import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newName, openStore } from '#storage/store';
import { readRef } from './ref-source.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-refs-'));
const name = newName();

beforeAll(async () => {
  vi.stubEnv('STORE_URL', `file:${folder}`);
  for (const area of ['results', 'jobs', 'kept']) await openStore().put(`${area}/${name}`, Buffer.from(area));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('a ref is read, as far as it is not too large', async () => {
  expect((await readRef(`results/${name}`, 7)).toString()).toBe('results');
  await expect(readRef(`results/${name}`, 6)).rejects.toMatchObject({ code: 'body-too-large', status: 413 });
});

test('what is not there, or no longer, is 404', async () => {
  await expect(readRef(`uploads/${name}`, 100)).rejects.toMatchObject({ code: 'not-found', status: 404 });
});

test.each([`jobs/${name}`, `kept/${name}`, `results/../kept/${name}`, `/results/${name}`, 'results/', name, ''])(
  '%j is no ref that a client may use, whatever lies there',
  async (ref) => {
    await expect(readRef(ref, 100)).rejects.toMatchObject({ code: 'option-invalid', members: { option: 'ref' } });
  },
);
