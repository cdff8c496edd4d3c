import { open } from 'node:fs/promises';

/**
 * Makes new names in a folder survive a power cut. Calls during a sync share the next one, so that a thousand jobs at
 * once do not cost a thousand syncs.
 */
export class FolderSync {
  private readonly folder: string;
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Resolves once every name in the folder at the time of the call is on disk. */
  sync(): Promise<void> {
    if (this.next) return this.next;
    const next = this.current
      .catch(() => {})
      .then(() => {
        this.next = undefined;
        this.current = syncFolder(this.folder);
        return this.current;
      });
    this.next = next;
    return next;
  }
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing, and its file system needs none.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
