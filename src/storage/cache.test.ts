import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cacheStoreFromEnv, createCache, memoryStore } from '#storage/cache';
import type { Store } from '#storage/cache-store';
import { redisStore } from '#storage/redis-store';

const bytes = (text: string) => Buffer.from(text);

describe('a cache', () => {
  test('works a value out once, then remembers it', async () => {
    const cache = createCache(memoryStore(10_000));
    const work = vi.fn(async () => bytes('value'));
    expect(await cache.remember('key', work)).toEqual({ value: bytes('value'), from: 'miss' });
    expect(await cache.remember('key', work)).toEqual({ value: bytes('value'), from: 'hit' });
    expect((await cache.remember('other', work)).from).toBe('miss');
    expect(work).toHaveBeenCalledTimes(2);
  });

  test('identical requests at once are worked once, and fail together', async () => {
    const cache = createCache(memoryStore(10_000));
    let calls = 0;
    const slow = async () => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (calls > 1) throw new Error('no');
      return bytes('value');
    };
    const answers = await Promise.all([1, 2, 3].map(() => cache.remember('key', slow)));
    expect(answers.map(({ from }) => from).sort()).toEqual(['coalesced', 'coalesced', 'miss']);
    const failures = await Promise.allSettled([1, 2].map(() => cache.remember('bad', slow)));
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    // Failures are not cached.
    calls = 0;
    expect((await cache.remember('bad', slow)).from).toBe('miss');
  });

  test('a caller who leaves does not cancel the others', async () => {
    const cache = createCache(memoryStore(10_000));
    const left = cache.remember('key', async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      throw new DOMException('left', 'AbortError');
    });
    const stays = cache.remember('key', async () => bytes('value'));
    await expect(left).rejects.toThrow('left');
    expect(await stays).toEqual({ value: bytes('value'), from: 'miss' });
  });

  test('a store that fails is a miss', async () => {
    const broken: Store = {
      get: () => Promise.reject(new Error('down')),
      set: () => Promise.reject(new Error('down')),
      close: async () => undefined,
    };
    const cache = createCache(broken);
    expect((await cache.remember('key', async () => bytes('v'))).value).toEqual(bytes('v'));
    expect((await cache.remember('key', async () => bytes('w'))).from).toBe('miss');
  });
});

test('memory is bounded by bytes, the longest unused going first', async () => {
  const store = memoryStore(1_000);
  for (const key of ['a', 'b']) await store.set(key, Buffer.alloc(300));
  await store.get('a');
  await store.set('c', Buffer.alloc(300));
  expect([await store.get('a'), await store.get('b'), await store.get('c')].map((value) => value?.length)).toEqual([
    300,
    undefined,
    300,
  ]);
  await store.set('huge', Buffer.alloc(5_000));
  expect(await store.get('huge')).toBeUndefined();
});

describe('settings', () => {
  afterEach(() => vi.unstubAllEnvs());
  test('a strange CACHE_URL stops the start', () => {
    vi.stubEnv('CACHE_URL', 'memcached://x');
    expect(cacheStoreFromEnv).toThrow(/must begin with redis/);
  });
  test('CACHE_BYTES=0 remembers nothing', async () => {
    vi.stubEnv('CACHE_BYTES', '0');
    const store = cacheStoreFromEnv();
    await store.set('a', bytes('x'));
    expect(await store.get('a')).toBeUndefined();
  });
});

/** A real redis-server on a free port, or undefined where none is installed. */
function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!hasRedis())('Redis (needs redis-server)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-redis-'));
  let redis: ChildProcess | undefined;
  afterEach(() => redis?.kill('SIGKILL'));

  const start = async (port: number): Promise<void> => {
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) =>
      redis?.stdout?.on('data', (chunk) => /Ready to accept/.test(String(chunk)) && resolve()),
    );
  };
  const eventually = async <T>(look: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const value = await look();
      if (wanted(value) || tries > 100) return value;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('keeps bytes as they are, outlives its absence and comes back', async () => {
    const port = await freePort();
    const store = redisStore(`redis://127.0.0.1:${port}`);
    const cache = createCache(store);
    const value = Buffer.from([0, 255, 10, 13, 128]);
    const ask = async () => (await cache.remember('key', async () => value)).from;

    const started = performance.now();
    expect(await ask()).toBe('miss');
    expect(performance.now() - started).toBeLessThan(5_000);

    await start(port);
    expect(await eventually(ask, (from) => from === 'hit')).toBe('hit');
    expect((await cache.remember('key', async () => bytes('other'))).value.equals(value)).toBe(true);

    redis?.kill('SIGKILL');
    expect(await eventually(ask, (from) => from === 'miss')).toBe('miss');
    await start(port);
    expect(await eventually(ask, (from) => from === 'hit')).toBe('hit');
    await cache.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

test('a shared value that was cut short or changed counts as none', async () => {
  const { opened, sealed } = await import('#storage/redis-store');
  const stored = sealed(Buffer.from('a picture'));
  expect(opened(stored)?.toString()).toBe('a picture');
  for (const bad of [stored.subarray(0, -1), stored.subarray(0, 8), Buffer.alloc(0), Buffer.from('an older value')]) {
    expect(opened(bad)).toBeUndefined();
  }
});
