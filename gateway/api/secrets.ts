import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '#kit/atomic-write';

/** The most that Kubernetes takes, too. */
export const MAX_SECRET_BYTES = 1024 * 1024;

/** Whether a name is one that Kubernetes accepts for a secret; such a name is also safe as a file's. */
export function isSecretName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name);
}

/**
 * Secrets as files of one folder, each readable by its owner alone, where functions find them by name: what
 * `/var/openfaas/secrets` is on a cluster.
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

  /** @param name a secret's name. @returns whether it is new; one that exists is left as it is */
  async create(name: string, value: Buffer): Promise<boolean> {
    if (await this.has(name)) return false;
    await this.write(name, value);
    return true;
  }

  /** @returns whether it exists */
  async update(name: string, value: Buffer): Promise<boolean> {
    if (!(await this.has(name))) return false;
    await this.write(name, value);
    return true;
  }

  /** @returns whether it existed */
  async remove(name: string): Promise<boolean> {
    if (!(await this.has(name))) return false;
    await unlink(path.join(this.folder, name));
    return true;
  }

  /** A function that reads meanwhile sees the old value or the new one, never half of one. */
  private async write(name: string, value: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    // No secret's name begins with a dot.
    const draft = path.join(this.folder, `.${randomBytes(6).toString('hex')}`);
    await writeAtomically(path.join(this.folder, name), value, { mode: 0o600, draft });
  }
}
