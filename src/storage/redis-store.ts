import { createHash } from 'node:crypto';
import { createClient, RESP_TYPES } from 'redis';
import type { Store } from '#storage/cache-store';

/** Seconds until a value expires. */
const TTL = 86_400;
/** Milliseconds to wait for Redis; computing the answer takes about as long. */
const PATIENCE = 250;

/**
 * Stores values in Redis, shared by all replicas. While Redis is unavailable, calls fail at once, and the client
 * reconnects in the background.
 * @param url `redis://[user:password@]host[:port][/database]`
 */
export function redisStore(url: string): Store {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2_000, reconnectStrategy: (tries) => Math.min(100 * 2 ** tries, 5_000) },
  });
  // Without a listener, a lost connection would end the process. Each change is logged once.
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
    get: async (key) => opened((await patient(binary.get(`obscura:${key}`))) as Buffer | null),
    set: async (key, value) => {
      await patient(binary.set(`obscura:${key}`, sealed(value), { expiration: { type: 'EX', value: TTL } }));
    },
    close: async () => client.destroy(),
  };
}

const DIGEST_BYTES = 16;

function digest(value: Buffer): Buffer {
  return createHash('sha256').update(value).digest().subarray(0, DIGEST_BYTES);
}

/** Prefixes a value with its checksum, since shared values may be truncated or changed. */
export function sealed(value: Buffer): Buffer {
  return Buffer.concat([digest(value), value]);
}

/** Checks and strips the checksum; `undefined` if it does not match. */
export function opened(stored: Buffer | null): Buffer | undefined {
  if (!stored || stored.length < DIGEST_BYTES) return undefined;
  const value = stored.subarray(DIGEST_BYTES);
  return digest(value).equals(stored.subarray(0, DIGEST_BYTES)) ? value : undefined;
}

function patient<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the cache is slow')), PATIENCE);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
