import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Log } from './log.ts';

/** The file that makes the watchdog's health checks succeed. */
export interface ReadyFile {
  set(): Promise<void>;
  clear(): Promise<void>;
}

/**
 * @param file undefined if the watchdog writes the file itself; then nothing happens
 */
export function readyFile(file: string | undefined, log: Log): ReadyFile {
  const attempt = async (what: string, act: (file: string) => Promise<unknown>) => {
    if (file === undefined) return;
    try {
      await act(file);
    } catch (error) {
      // A read-only file system cannot have the file, nor a stale one; the function serves in any case.
      log('warn', `the readiness file could not be ${what}`, { error });
    }
  };
  return {
    set: () =>
      attempt('written', async (name) => {
        await mkdir(path.dirname(name), { recursive: true });
        await writeFile(name, '');
      }),
    clear: () => attempt('removed', (name) => rm(name, { force: true })),
  };
}
