import { type Picture, pictureOf } from './picture.ts';

/*
 * Photos survive a reload of their tab, and nothing else. Each tab has a name, in its session storage, and holds a lock
 * of that name; what belongs to a name whose lock nobody holds is deleted by the next page that opens. Browsers give
 * locks to pages on a secure connection or this machine only: elsewhere nothing is kept.
 */

const DATABASE = 'obscura';
const STORE = 'photos';
const TAB = 'obscura.tab';
const LEFT = 'obscura.left.';
/** A tab that reloads holds no lock for a moment. */
const RELOAD_MS = 10_000;

interface KeptPhoto {
  tab: string;
  place: number;
  blob: Blob;
  name: string;
  url?: string;
}

export interface PhotoStore {
  /** Photos that were here before a reload, in order. */
  restore(): Promise<Picture[]>;
  /** Keeps these photos, and no others. Resolves when they are kept, or could not be. */
  keep(pictures: readonly Picture[]): Promise<void>;
}

/** @param onFailure called when the browser does not keep a photo */
export function photoStore(onFailure: () => void): PhotoStore {
  const kept = new Map<Picture, number>();
  let last = 0;
  const opening = 'locks' in navigator ? start().catch(() => undefined) : Promise.resolve(undefined);
  let queue: Promise<unknown> = opening;
  const write = async (pictures: readonly Picture[]): Promise<void> => {
    const opened = await opening;
    if (!opened) return;
    const { database, tab } = opened;
    const photos = database.transaction(STORE, 'readwrite').objectStore(STORE);
    for (const [picture, place] of kept) {
      if (pictures.includes(picture)) continue;
      photos.delete([tab, place]);
      kept.delete(picture);
    }
    for (const picture of pictures) {
      if (kept.has(picture)) continue;
      last += 1;
      kept.set(picture, last);
      const { blob, name, url } = picture;
      photos.put({ tab, place: last, blob, name, ...(url !== undefined && { url }) } satisfies KeptPhoto);
    }
    await done(photos.transaction);
  };
  return {
    async restore() {
      const opened = await opening;
      return (opened?.photos ?? []).map(({ blob, name, url, tab, place }) => {
        const picture = pictureOf(blob, name, url);
        if (tab === opened?.tab) kept.set(picture, place);
        last = Math.max(last, place);
        return picture;
      });
    },
    keep(pictures) {
      const writing = queue.then(() => write(pictures)).catch(onFailure);
      queue = writing;
      return writing;
    },
  };
}

async function start(): Promise<{ database: IDBDatabase; tab: string; photos: KeptPhoto[] }> {
  const before = sessionStorage.getItem(TAB) ?? '';
  // A duplicated tab has the name of the first, which holds the lock: it takes the photos and a name of its own.
  const tab = before !== '' && (await hold(before)) ? before : crypto.randomUUID();
  if (tab !== before) await hold(tab);
  sessionStorage.setItem(TAB, tab);
  localStorage.removeItem(LEFT + tab);
  addEventListener('pagehide', () => localStorage.setItem(LEFT + tab, String(Date.now())));
  const database = await open();
  const photos = await photosOf(database, before);
  await deleteOthers(database, tab);
  return { database, tab, photos };
}

const lockName = (tab: string): string => `obscura-${tab}`;

/** Holds a lock as long as the page lives. @returns whether it was free */
function hold(tab: string): Promise<boolean> {
  return new Promise((resolve) => {
    void navigator.locks.request(lockName(tab), { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => undefined);
    });
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ['tab', 'place'] });
  return result(request);
}

function photosOf(database: IDBDatabase, tab: string): Promise<KeptPhoto[]> {
  return result(database.transaction(STORE).objectStore(STORE).getAll(ofTab(tab)));
}

const ofTab = (tab: string): IDBKeyRange => IDBKeyRange.bound([tab, 0], [tab, Number.POSITIVE_INFINITY]);

/** Deletes what belongs to tabs that are closed. */
async function deleteOthers(database: IDBDatabase, own: string): Promise<void> {
  const keys = await result(database.transaction(STORE).objectStore(STORE).getAllKeys());
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map(({ name }) => name));
  const tabs = new Set((keys as [string, number][]).map(([tab]) => tab));
  for (const tab of tabs) {
    const left = Number(localStorage.getItem(LEFT + tab));
    if (tab === own || alive.has(lockName(tab)) || Date.now() - left < RELOAD_MS) continue;
    database.transaction(STORE, 'readwrite').objectStore(STORE).delete(ofTab(tab));
    localStorage.removeItem(LEFT + tab);
  }
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
