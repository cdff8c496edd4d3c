import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { readSecret } from '#config/secrets';

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-secrets-'));
afterEach(() => {
  vi.unstubAllEnvs();
});

test('a mounted secret comes first, then the variable, then nothing', () => {
  vi.stubEnv('secret_mount_path', folder);
  expect(readSecret('store-access-key')).toBeUndefined();
  vi.stubEnv('STORE_ACCESS_KEY', 'from the variable');
  expect(readSecret('store-access-key')).toBe('from the variable');
  writeFileSync(path.join(folder, 'store-access-key'), 'from the file\n');
  expect(readSecret('store-access-key')).toBe('from the file');
  rmSync(folder, { recursive: true });
});
