import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { exponentialBackoff } from '#kit/backoff';
import { type FileFacts, sha256Of } from './catalogue.ts';
import { megabytes, type Progress } from './progress.ts';
import type { Source } from './sources.ts';
import { UsageError } from './usage-error.ts';

export interface FetchRules {
  signal: AbortSignal;
  /** Attempts in a row without progress before it gives up. */
  tries: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  pause: number;
}

/**
 * Downloads one file to `part`, resuming an earlier attempt, and checks its SHA-256. A wrong part is deleted, so that
 * the next run starts from the beginning.
 * @throws UsageError
 */
export async function fetchFile(
  name: string,
  facts: FileFacts,
  part: string,
  source: Source,
  progress: Progress,
  rules: FetchRules,
): Promise<void> {
  const resumed = (await sizeOf(part)) > 0;
  await fill(name, facts, part, source, progress, rules);
  if ((await sha256Of(part)) === facts.sha256) return;
  await rm(part, { force: true });
  // The part that was resumed may have been wrong: once more, from the beginning.
  if (resumed) return fetchFile(name, facts, part, source, progress, rules);
  throw new UsageError(`${name} is not the file in the manifest (its SHA-256 differs); nothing was installed.`);
}

async function fill(
  name: string,
  facts: FileFacts,
  part: string,
  source: Source,
  progress: Progress,
  { signal, tries, pause }: FetchRules,
): Promise<void> {
  for (let failed = 0, before = await sizeOf(part); ; ) {
    try {
      return await attempt(name, facts, part, source, progress, signal);
    } catch (error) {
      if (!(error instanceof UsageError && error.again) || signal.aborted) throw error;
      const now = await sizeOf(part);
      failed = now > before ? 1 : failed + 1;
      before = now;
      if (failed >= tries) throw error;
      await wait(exponentialBackoff(failed, { first: pause, longest: 60_000 }), undefined, { signal });
    }
  }
}

async function attempt(
  name: string,
  { bytes }: FileFacts,
  part: string,
  source: Source,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const have = await sizeOf(part);
  if (have === bytes) return progress.show(bytes);
  const opened = await source(name, have > bytes ? 0 : have, signal);
  if (opened.total !== undefined && opened.total !== bytes) throw otherLength(name, opened.total, bytes);
  const file = await open(part, opened.offset === 0 ? 'w' : 'a');
  let done = opened.offset;
  try {
    for await (const chunk of opened.chunks) {
      signal.throwIfAborted();
      done += chunk.length;
      if (done > bytes) break;
      await file.writeFile(chunk);
      progress.show(done);
    }
  } finally {
    await file.close();
  }
  if (done > bytes) {
    await rm(part, { force: true });
    throw otherLength(name, undefined, bytes);
  }
  if (done < bytes)
    throw new UsageError(`The download of ${name} ended after ${megabytes(done)} of ${megabytes(bytes)}.`, 1, true);
}

function otherLength(name: string, total: number | undefined, bytes: number): UsageError {
  const length = total === undefined ? `more than ${bytes}` : String(total);
  return new UsageError(
    `${name} has ${length} bytes at its source and ${bytes} in the manifest; nothing was installed.`,
  );
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
