import { readFileSync } from 'node:fs';
import path from 'node:path';
import { envText } from '#config/env';

/**
 * A secret that the platform mounted for this function, such as `/var/openfaas/secrets/store-access-key`; where there
 * is none, the variable of that name (`STORE_ACCESS_KEY`), which is how the embedded gateway's operator gives one.
 * @param name lower case with dashes, as in stack.yml
 * @returns without surrounding white space; `undefined` when neither is there
 */
export function readSecret(name: string): string | undefined {
  const folder = envText('secret_mount_path', '/var/openfaas/secrets');
  try {
    return readFileSync(path.join(folder, name), 'utf8').trim() || undefined;
  } catch {
    return envText(name.toUpperCase().replaceAll('-', '_'), '') || undefined;
  }
}
