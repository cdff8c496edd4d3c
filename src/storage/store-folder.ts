import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '#kit/atomic-write';
import {
  type Area,
  checkKey,
  isKey,
  type ObjectInfo,
  type ObjectMeta,
  type ObjectStore,
  unavailable,
} from '#storage/store-keys';

/*
 * Objects are files, `<folder>/<area>/<name>`, with their metadata next to them in `<name>.json`. A write goes to a
 * temporary file, is flushed to disk, and is renamed, so that an object is either complete or absent.
 */

const META = '.json';
const UNFINISHED = '.part';
/** Milliseconds after which an unfinished write is removed. */
const STALE = 3_600_000;

/** Stores objects in a local folder, which is created on first use. */
export function folderStore(folder: string): ObjectStore {
  const fileOf = (key: string): string => path.join(folder, ...checkKey(key).split('/'));
  return {
    put: (key, bytes, meta = {}) =>
      orUnavailable(async () => {
        const file = fileOf(key);
        await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
        await write(file + META, Buffer.from(JSON.stringify(complete(meta))));
        await write(file, bytes);
      }),
    get: (key) =>
      orUnavailable(async () => {
        const file = fileOf(key);
        const bytes = await orNothing(readFile(file));
        return bytes && { bytes, ...(await readMeta(file)) };
      }),
    head: (key) =>
      orUnavailable(async () => {
        const file = fileOf(key);
        const found = await orNothing(stat(file));
        return found && { key, size: found.size, modified: found.mtimeMs, ...(await readMeta(file)) };
      }),
    list: (area) => listFolder(path.join(folder, area), area),
    delete: (key) =>
      orUnavailable(async () => {
        await rm(fileOf(key), { force: true });
        await rm(fileOf(key) + META, { force: true });
      }),
    link: async () => undefined,
    close: async () => undefined,
  };
}

function complete({ contentType = 'application/octet-stream', labels = {} }: Partial<ObjectMeta>): ObjectMeta {
  return { contentType, labels };
}

/** Writes a file atomically, even if the machine crashes. */
function write(file: string, bytes: Buffer): Promise<void> {
  return writeAtomically(file, bytes, { mode: 0o600, sync: true, draft: `${file}.${randomUUID()}${UNFINISHED}` });
}

async function readMeta(file: string): Promise<ObjectMeta> {
  const text = await orNothing(readFile(file + META, 'utf8'));
  return complete(text === undefined ? {} : (JSON.parse(text) as ObjectMeta));
}

async function* listFolder(folder: string, area: Area): AsyncGenerator<ObjectInfo> {
  const names = await orUnavailable(async () => (await orNothing(readdir(folder))) ?? []);
  for (const name of names) {
    const found = await orUnavailable(() => orNothing(stat(path.join(folder, name))));
    if (!found) continue;
    if (name.endsWith(UNFINISHED)) {
      if (found.mtimeMs < Date.now() - STALE) await rm(path.join(folder, name), { force: true });
    } else if (isKey(`${area}/${name}`)) {
      yield { key: `${area}/${name}`, size: found.size, modified: found.mtimeMs };
    }
  }
}

async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces errors of the file system by a Problem; the original, with its path, goes to the log. */
async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw unavailable('The store cannot be used just now; try again in a moment.', error);
  }
}
