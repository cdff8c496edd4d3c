import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { equalSecrets } from '#kit/equal-secrets';

/** OpenFaaS's default user. */
export const USER = 'admin';

/**
 * Reads the password of the system API, or creates one in a file that only its owner can read.
 * @param create whether to create a missing file; one that the operator named must exist
 * @returns the password, and whether it is new
 * @throws Error with a message for the operator
 */
export function readPassword(file: string, options: { create: boolean }): { password: string; isNew: boolean } {
  try {
    return { password: checked(readFileSync(file, 'utf8'), file), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw readable(error, file);
    if (!options.create) throw new Error(`The password file ${file} does not exist.`);
  }
  const password = randomBytes(24).toString('base64url');
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
    return { password, isNew: true };
  } catch (error) {
    // Another gateway may have created it in the meantime.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readPassword(file, { create: false });
    throw readable(error, file);
  }
}

function checked(text: string, file: string): string {
  const password = text.trim();
  if (password === '') throw new Error(`The password file ${file} is empty; delete it to have a new one created.`);
  return password;
}

function readable(error: unknown, file: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined && error instanceof Error
    ? error
    : new Error(`The password file ${file} cannot be used (${code}).`);
}

/** Returns a constant-time check of an `Authorization` header. */
export function basicAuth(password: string): (header: string | undefined) => boolean {
  return (header) => {
    const credentials = /^basic ([A-Za-z0-9+/=_-]{1,1024})$/i.exec(header ?? '')?.[1] ?? '';
    return equalSecrets(Buffer.from(credentials, 'base64').toString('utf8'), `${USER}:${password}`);
  };
}
