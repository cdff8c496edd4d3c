import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

export interface AtomicWriteOptions {
  /** Permissions of the new file. */
  mode?: number;
  /** Whether the bytes must be on the disk before the file takes its place, in case the machine stops. */
  sync?: boolean;
  /** Where the file is written first: in the same file system. */
  draft?: string;
}

/**
 * Writes a file all or nothing: whoever reads it meanwhile sees what was there before, or all that is new. A failure
 * leaves nothing behind.
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
