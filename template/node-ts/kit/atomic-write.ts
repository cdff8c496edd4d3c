import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

export interface AtomicWriteOptions {
  /** Permissions of the new file. */
  mode?: number;
  /** Whether to sync the bytes to disk before the rename, in case the machine crashes. */
  sync?: boolean;
  /** The temporary file, on the same file system. */
  draft?: string;
}

/**
 * Writes a file atomically: a reader gets the old content or the new one. A failure leaves no temporary file.
 */
export async function writeAtomically(
  file: string,
  bytes: string | Uint8Array,
  { mode = 0o666, sync = false, draft = `${file}.${randomUUID()}` }: AtomicWriteOptions = {},
): Promise<void> {
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(bytes);
      if (sync) await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
