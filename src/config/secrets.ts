import { readFileSync } from 'node:fs';
import path from 'node:path';
import { envText } from '#config/env';

/**
 * Reads a secret of this function, such as `/var/openfaas/secrets/store-access-key`, or else the environment variable
 * of that name (`STORE_ACCESS_KEY`).
 * @param name lower case with dashes, as in stack.yml
 * @returns the trimmed text; `undefined` if there is neither
 */
export function readSecret(name: string): string | undefined {
  const folder = envText('secret_mount_path', '/var/openfaas/secrets');
  try {
    return readFileSync(path.join(folder, name), 'utf8').trim() || undefined;
  } catch {
    return envText(name.toUpperCase().replaceAll('-', '_'), '') || undefined;
  }
}
