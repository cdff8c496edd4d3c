import { readFile, rm, writeFile } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/** Runs work under a lock file, so that two installations do not overwrite each other. @throws UsageError */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await take(file);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<void> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (isRunning(holder))
      throw new UsageError(`Process ${holder} is installing or removing this model; wait for it, or end it.`);
    // Its holder died without removing it.
    await writeFile(file, String(process.pid));
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
