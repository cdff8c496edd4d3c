import { envNumber } from '#config/env';
import type { Area, ObjectInfo, ObjectStore } from '#storage/store-keys';

const HOUR = 3_600_000;
/** Milliseconds between two sweeps. */
const EVERY = 60_000;

export interface Retention {
  /** Milliseconds to keep an object, by area. */
  maxAge: Record<Area, number>;
  /**
   * Bytes per group of areas: work in progress, reports, and pictures kept with reports. The oldest finished objects
   * are deleted to make room.
   */
  maxBytes: number;
}

/**
 * Groups of areas, each with its own limit: uploads never displace reports, and neither do the pictures sent with
 * some.
 */
const GROUPS: readonly (readonly Area[])[] = [['uploads', 'results', 'jobs'], ['feedback'], ['kept']];

/** An object counts as at least this many bytes, since countless tiny objects fill a store too. */
const LEAST = 4_096;

/** `STORE_HOURS` (24), `STORE_FEEDBACK_DAYS` (365) and `STORE_BYTES` (2 GiB). */
export function retentionFromEnv(): Retention {
  const hours = envNumber('STORE_HOURS', 24, { min: 0.01, max: 24 * 365 }) * HOUR;
  const days = envNumber('STORE_FEEDBACK_DAYS', 365, { min: 1, max: 36_500 }) * 24 * HOUR;
  return {
    maxAge: { uploads: hours, results: hours, jobs: hours, feedback: days, kept: days },
    maxBytes: envNumber('STORE_BYTES', 2 * 1024 ** 3, { min: 1, max: 2 ** 50 }),
  };
}

/** Deletes expired objects, then the oldest until the rest fits. @returns how many objects were deleted */
export async function sweep(store: ObjectStore, retention: Retention, now = Date.now()): Promise<number> {
  let gone = 0;
  for (const areas of GROUPS) {
    const young: ObjectInfo[] = [];
    const drop: ObjectInfo[] = [];
    for (const area of areas) {
      for await (const item of store.list(area)) {
        (item.modified < now - retention.maxAge[area] ? drop : young).push(item);
      }
    }
    drop.push(...beyond(young, retention.maxBytes));
    for (const { key } of drop) await store.delete(key);
    gone += drop.length;
  }
  return gone;
}

/**
 * The oldest objects to delete so that the others fit. A job has uploads until it ends; objects of such an unfinished
 * job are never deleted.
 */
function beyond(items: ObjectInfo[], maxBytes: number): ObjectInfo[] {
  const unfinished = new Set(items.filter(({ key }) => key.startsWith('uploads/')).map(({ key }) => ownerOf(key)));
  const [kept, free] = [items.filter(isKept), items.filter((item) => !isKept(item))];
  let room = maxBytes - sum(kept);
  const newestFirst = free.sort((a, b) => b.modified - a.modified);
  const first = newestFirst.findIndex(({ size }) => {
    room -= Math.max(size, LEAST);
    return room < 0;
  });
  return first < 0 ? [] : newestFirst.slice(first);

  function isKept({ key }: ObjectInfo): boolean {
    return unfinished.has(ownerOf(key));
  }
}

/** The job of an object, such as `uploads/<job>-0` or `jobs/<job>`. */
function ownerOf(key: string): string {
  return key.slice(key.indexOf('/') + 1).split('-', 1)[0] ?? '';
}

function sum(items: ObjectInfo[]): number {
  return items.reduce((bytes, { size }) => bytes + Math.max(size, LEAST), 0);
}

/** Bytes of the uploads of unfinished jobs. They are deleted when the job ends. */
export async function unfinishedBytes(store: ObjectStore): Promise<number> {
  let bytes = 0;
  for await (const { size } of store.list('uploads')) bytes += Math.max(size, LEAST);
  return bytes;
}

/**
 * Keeps a store within its limits: call the result after every write. It sweeps at most once a minute, or as soon as a
 * tenth of the limit has been written. It never throws, and callers need not wait for it.
 */
export function sweeper(
  store: ObjectStore,
  retention: Retention,
  clock: () => number = Date.now,
): (bytes: number) => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  let came = 0;
  let running: Promise<void> | undefined;
  return (bytes) => {
    came += bytes;
    if (running) return running;
    if (clock() - last < EVERY && came < retention.maxBytes / 10) return Promise.resolve();
    last = clock();
    came = 0;
    running = sweep(store, retention, clock())
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}
