import { envNumber } from '#config/env';
import type { Area, ObjectInfo, ObjectStore } from '#storage/store-keys';

const HOUR = 3_600_000;
/** Milliseconds between two looks through the store. */
const EVERY = 60_000;

export interface Retention {
  /** Milliseconds an object is kept, by area. */
  maxAge: Record<Area, number>;
  /**
   * Bytes of what is on its way, of reports, and of pictures kept with them, each; the oldest finished ones make room.
   */
  maxBytes: number;
}

/** Each group has its own room: uploads never drive out reports, nor do the pictures that come with some. */
const GROUPS: readonly (readonly Area[])[] = [['uploads', 'results', 'jobs'], ['feedback'], ['kept']];

/** Bytes that an object counts as at least: a store of countless tiny ones is full, too. */
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

/** Deletes what is too old, then the oldest until the rest fits. @returns how many objects went */
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
 * The oldest objects without which the others fit. A job has its uploads until it is over: what belongs to one that has
 * some is never among them.
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

/** The job that an object belongs to: `uploads/<job>-0` and `jobs/<job>` have one. */
function ownerOf(key: string): string {
  return key.slice(key.indexOf('/') + 1).split('-', 1)[0] ?? '';
}

function sum(items: ObjectInfo[]): number {
  return items.reduce((bytes, { size }) => bytes + Math.max(size, LEAST), 0);
}

/** Bytes that unfinished jobs hold: their uploads, which go when they are over. */
export async function unfinishedBytes(store: ObjectStore): Promise<number> {
  let bytes = 0;
  for await (const { size } of store.list('uploads')) bytes += Math.max(size, LEAST);
  return bytes;
}

/**
 * Keeps a store within its bounds while it is used: call the result whenever something was put. It
 * looks through the store at most once a minute, or as soon as a tenth of the bound has come in; it never throws,
 * and nobody waits for it.
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
