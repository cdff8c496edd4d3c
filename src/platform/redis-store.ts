import { createClient, RESP_TYPES } from 'redis';
import type { Store } from '#platform/cache';

/** Seconds a value is kept. */
const TTL = 86_400;
/** Milliseconds after which Redis is not waited for: working the answer out is about as fast. */
const PATIENCE = 250;

/**
 * Keeps values in Redis, shared by all replicas. While Redis is away every call fails at once, and it is tried again
 * in the background.
 * @param url `redis://[user:password@]host[:port][/database]`
 */
export function redisStore(url: string): Store {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2_000, reconnectStrategy: (tries) => Math.min(100 * 2 ** tries, 5_000) },
  });
  // Without a listener a lost connection would end the process; each change is said once.
  let away = false;
  client.on('error', () => {
    if (!away) console.error(JSON.stringify({ level: 'warn', msg: 'the cache is out of reach; working without it' }));
    away = true;
  });
  client.on('ready', () => {
    away = false;
  });
  void client.connect().catch(() => undefined);
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });

  return {
    get: async (key) => ((await patient(binary.get(`obscura:${key}`))) as Buffer | null) ?? undefined,
    set: async (key, value) => {
      await patient(binary.set(`obscura:${key}`, value, { expiration: { type: 'EX', value: TTL } }));
    },
    close: async () => client.destroy(),
  };
}

function patient<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the cache is slow')), PATIENCE);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
