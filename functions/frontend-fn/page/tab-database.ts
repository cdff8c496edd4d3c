/*
 * What a tab has survives a reload of that tab, and nothing else. Each tab has a name, in its session storage, and
 * holds a lock of that name; what belongs to a name whose lock nobody holds is deleted by the next page that opens.
 * Browsers give locks to pages on a secure connection or this machine only: elsewhere nothing is kept.
 */

const DATABASE = 'obscura';
const VERSION = 2;
const STORES = ['photos', 'examples'] as const;
const TAB = 'obscura.tab';
const LEFT = 'obscura.left.';
/** A tab that reloads holds no lock for a moment. */
const RELOAD_MS = 10_000;

export type StoreName = (typeof STORES)[number];

/** What every row has: its tab and its place among the tab's rows. */
export interface TabRow {
  tab: string;
  place: number;
}

export interface TabDatabase {
  tab: string;
  /** What the tab had before it was reloaded, in order. */
  restore<Row extends TabRow>(store: StoreName): Promise<Row[]>;
  /** Resolves when everything that `change` asks for is kept. @throws DOMException where the browser refuses */
  write(store: StoreName, change: (rows: IDBObjectStore) => void): Promise<void>;
}

let opening: Promise<TabDatabase | undefined> | undefined;

/** The database of this tab; nothing where the browser keeps nothing. */
export function tabDatabase(): Promise<TabDatabase | undefined> {
  opening ??= 'locks' in navigator ? start().catch(() => undefined) : Promise.resolve(undefined);
  return opening;
}

async function start(): Promise<TabDatabase> {
  const before = sessionStorage.getItem(TAB) ?? '';
  // A duplicated tab has the name of the first, which holds the lock: it takes the photos and a name of its own.
  const tab = before !== '' && (await hold(before)) ? before : crypto.randomUUID();
  if (tab !== before) await hold(tab);
  sessionStorage.setItem(TAB, tab);
  localStorage.removeItem(LEFT + tab);
  addEventListener('pagehide', () => localStorage.setItem(LEFT + tab, String(Date.now())));
  const database = await open();
  // Another page may bring a newer form of the database.
  database.onversionchange = () => database.close();
  for (const store of STORES) await deleteOthers(database, store, [tab, before]);
  return {
    tab,
    restore: (store) => result(database.transaction(store).objectStore(store).getAll(ofTab(before))),
    write(store, change) {
      const transaction = database.transaction(store, 'readwrite');
      change(transaction.objectStore(store));
      return done(transaction);
    },
  };
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
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    const { result: database } = request;
    for (const store of STORES)
      if (!database.objectStoreNames.contains(store)) database.createObjectStore(store, { keyPath: ['tab', 'place'] });
  };
  return result(request);
}

const ofTab = (tab: string): IDBKeyRange => IDBKeyRange.bound([tab, 0], [tab, Number.POSITIVE_INFINITY]);

/** Deletes what belongs to tabs that are closed. @param own tabs whose rows are still wanted */
async function deleteOthers(database: IDBDatabase, store: StoreName, own: readonly string[]): Promise<void> {
  const keys = await result(database.transaction(store).objectStore(store).getAllKeys());
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map(({ name }) => name));
  const tabs = new Set((keys as [string, number][]).map(([tab]) => tab));
  for (const tab of tabs) {
    const left = Number(localStorage.getItem(LEFT + tab));
    if (own.includes(tab) || alive.has(lockName(tab)) || Date.now() - left < RELOAD_MS) continue;
    database.transaction(store, 'readwrite').objectStore(store).delete(ofTab(tab));
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
