import { LRUCache } from 'lru-cache';
import { envNumber } from '#config/env';
import { readSecret } from '#config/secrets';
import type { Store } from '#storage/cache-store';

export type From = 'hit' | 'miss' | 'coalesced';

export interface Cache {
  /**
   * The value of a key: remembered, being worked out by an identical request just now, or worked out here.
   * A store that fails is a miss, never an error.
   */
  remember(key: string, work: () => Promise<Buffer>): Promise<{ value: Buffer; from: From }>;
  close(): Promise<void>;
}

/** Keeps values in this process, the longest unused going first when their bytes exceed the bound. */
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
 * `CACHE_URL=redis://…` (or the secret `cache-url`, where it holds a password), or memory of `CACHE_BYTES` (32 MiB; 0
 * turns it off) a process.
 */
export function storeFromEnv(): Store {
  const url = readSecret('cache-url') ?? '';
  if (url === '') return memoryStore(envNumber('CACHE_BYTES', 32 * 1024 * 1024, { min: 0, max: 2 ** 40 }) || 1);
  if (/^rediss?:\/\//.test(url))
    return lazily(import('#storage/redis-store').then(({ redisStore }) => redisStore(url)));
  throw new Error('CACHE_URL must begin with redis:// or rediss://.');
}

/** A store whose code is loaded only where it is used: it would triple every function's start. */
function lazily(loading: Promise<Store>): Store {
  return {
    get: async (key) => (await loading).get(key),
    set: async (key, value) => (await loading).set(key, value),
    close: async () => (await loading).close(),
  };
}

/** A cache over a store; identical requests in flight at once are worked once. */
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
    // Nobody waits for the store, and nobody suffers when it fails.
    store.set(key, value).catch(() => undefined);
    return value;
  }

  async function remember(key: string, work: () => Promise<Buffer>): Promise<{ value: Buffer; from: From }> {
    const found = await find(key);
    if (found) return { value: found, from: 'hit' };
    const other = running.get(key);
    if (other) {
      const value = await other.catch(abortedAsNothing);
      // The one who worked left before it was done; that is no reason for this one to fail.
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
