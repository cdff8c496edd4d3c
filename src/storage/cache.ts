import { LRUCache } from 'lru-cache';
import { envNumber } from '#config/env';
import { readSecret } from '#config/secrets';
import type { Store } from '#storage/cache-store';

export type From = 'hit' | 'miss' | 'coalesced';

export interface Cache {
  /**
   * Returns the cached value of a key, waits for an identical request in progress, or runs `work`. An error of the
   * store counts as a miss.
   */
  remember(key: string, work: () => Promise<Buffer>): Promise<{ value: Buffer; from: From }>;
  close(): Promise<void>;
}

/** An LRU cache in this process, limited by bytes. */
export function memoryStore(maxBytes: number): Store {
  const values = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: (value, key) => value.length + key.length + 64,
  });
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    close: async () => values.clear(),
  };
}

/**
 * Redis at `CACHE_URL=redis://…` (or in the secret `cache-url`, if it contains a password), or else `CACHE_BYTES` of
 * memory per process (32 MiB; 0 disables it).
 */
export function cacheStoreFromEnv(): Store {
  const url = readSecret('cache-url') ?? '';
  if (url === '') return memoryStore(envNumber('CACHE_BYTES', 32 * 1024 * 1024, { min: 0, max: 2 ** 40 }) || 1);
  if (/^rediss?:\/\//.test(url))
    return lazily(import('#storage/redis-store').then(({ redisStore }) => redisStore(url)));
  throw new Error('CACHE_URL must begin with redis:// or rediss://.');
}

/** Loads a store's code on first use, since it would triple the start-up time of every function. */
function lazily(loading: Promise<Store>): Store {
  return {
    get: async (key) => (await loading).get(key),
    set: async (key, value) => (await loading).set(key, value),
    close: async () => (await loading).close(),
  };
}

/** A cache on top of a store. Concurrent requests for the same key run the work once. */
export function createCache(store: Store): Cache {
  const running = new Map<string, Promise<Buffer>>();

  async function find(key: string): Promise<Buffer | undefined> {
    try {
      return await store.get(key);
    } catch {
      return undefined;
    }
  }

  async function workOut(key: string, work: () => Promise<Buffer>): Promise<Buffer> {
    const value = await work();
    // The answer does not wait for the store, and does not fail with it.
    store.set(key, value).catch(() => undefined);
    return value;
  }

  async function remember(key: string, work: () => Promise<Buffer>): Promise<{ value: Buffer; from: From }> {
    const found = await find(key);
    if (found) return { value: found, from: 'hit' };
    const other = running.get(key);
    if (other) {
      const value = await other.catch(abortedAsNothing);
      // The request that ran the work was cancelled; this one must not fail because of it.
      return value ? { value, from: 'coalesced' } : remember(key, work);
    }
    const mine = workOut(key, work).finally(() => running.delete(key));
    running.set(key, mine);
    return { value: await mine, from: 'miss' };
  }

  return { remember, close: () => store.close() };
}

function abortedAsNothing(error: unknown): undefined {
  if (error instanceof Error && error.name === 'AbortError') return undefined;
  throw error;
}
