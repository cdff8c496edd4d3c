import { rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { type Entry, type FileFacts, fileStates } from './catalogue.ts';
import { type FetchRules, fetchFile } from './fetch-file.ts';
import { withLock } from './lock.ts';
import { megabytes, Progress, type Terminal } from './progress.ts';
import { sourceFor } from './sources.ts';
import { systemWords, UsageError } from './usage-error.ts';

export interface InstallRules extends FetchRules {
  /** A folder or an address with the files, instead of the hub. */
  from?: string | undefined;
  /** Also download files that are already correct. */
  force?: boolean | undefined;
  env?: NodeJS.ProcessEnv;
  /** Where progress is shown; stderr by default. */
  out?: Terminal;
}

/**
 * Installs a model's files. Each is downloaded to a temporary name and checked; all are renamed at the end, so a model
 * is never partly updated.
 * @returns the names of the downloaded files
 * @throws UsageError; the next run resumes the download
 */
export async function installModel(entry: Entry, rules: InstallRules): Promise<string[]> {
  const { folder, manifest } = entry;
  const source = sourceFor(manifest, rules.from, rules.env);
  try {
    return await withLock(path.join(folder, '.installing'), async () => {
      const states = await fileStates(entry, true);
      const wanted = Object.entries(manifest.files).filter(([name]) => rules.force || states.get(name) !== 'whole');
      await checkFreeSpace(folder, wanted);
      for (const [name, facts] of wanted) {
        const progress = new Progress(name, facts.bytes, rules.out);
        try {
          await fetchFile(name, facts, partOf(folder, name), source, progress, rules);
        } finally {
          progress.end();
        }
      }
      for (const [name] of wanted) await rename(partOf(folder, name), path.join(folder, name));
      return wanted.map(([name]) => name);
    });
  } catch (error) {
    throw systemWords(error, `The folder of "${manifest.id}"`) ?? error;
  }
}

export function partOf(folder: string, name: string): string {
  return path.join(folder, `.${name}.part`);
}

async function checkFreeSpace(folder: string, wanted: [string, FileFacts][]): Promise<void> {
  let missing = 0;
  for (const [name, { bytes }] of wanted) {
    const have = await stat(partOf(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
    missing += Math.max(0, bytes - have);
  }
  const { bavail, bsize } = await statfs(folder);
  if (missing > bavail * bsize) {
    throw new UsageError(
      `There is not enough space: ${megabytes(missing)} are needed, ${megabytes(bavail * bsize)} are free.`,
    );
  }
}

/** Deletes a model's files but not its manifest, so that it can be installed again. @throws UsageError */
export async function removeModel({ folder, manifest }: Entry): Promise<void> {
  if (!manifest.download) throw new UsageError(`"${manifest.id}" is part of this project and cannot be removed.`, 2);
  try {
    await withLock(path.join(folder, '.installing'), async () => {
      for (const name of Object.keys(manifest.files)) {
        await rm(path.join(folder, name), { force: true });
        await rm(partOf(folder, name), { force: true });
      }
      await rm(path.join(folder, 'presets'), { recursive: true, force: true });
    });
  } catch (error) {
    throw systemWords(error, `The folder of "${manifest.id}"`) ?? error;
  }
}
