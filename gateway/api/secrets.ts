import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '#kit/atomic-write';

/** As on Kubernetes. */
export const MAX_SECRET_BYTES = 1024 * 1024;

/** Whether Kubernetes accepts the name for a secret; such a name is also safe as a file name. */
export function isSecretName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name);
}

/**
 * Secrets as files in one folder, readable only by their owner. Functions read them by name, as from
 * `/var/openfaas/secrets` on a cluster.
 */
export class Secrets {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async names(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.filter(isSecretName).sort();
  }

  async has(name: string): Promise<boolean> {
    if (!isSecretName(name)) return false;
    return stat(path.join(this.folder, name)).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  /** @returns false, without a change, if the secret exists */
  async create(name: string, value: Buffer): Promise<boolean> {
    if (await this.has(name)) return false;
    await this.write(name, value);
    return true;
  }

  /** @returns false if there is no such secret */
  async update(name: string, value: Buffer): Promise<boolean> {
    if (!(await this.has(name))) return false;
    await this.write(name, value);
    return true;
  }

  /** @returns false if there was no such secret */
  async remove(name: string): Promise<boolean> {
    if (!(await this.has(name))) return false;
    await unlink(path.join(this.folder, name));
    return true;
  }

  /** Writes atomically: a function that reads in the meantime gets the old value or the new one. */
  private async write(name: string, value: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    // The name of a secret never begins with a dot.
    const draft = path.join(this.folder, `.${randomBytes(6).toString('hex')}`);
    await writeAtomically(path.join(this.folder, name), value, { mode: 0o600, draft });
  }
}
