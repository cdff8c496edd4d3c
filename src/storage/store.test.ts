import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isPictureRef, newName, type ObjectInfo, type ObjectStore, objectStoreFromEnv } from '#storage/store';
import { folderStore } from '#storage/store-folder';
import type { Area } from '#storage/store-keys';
import { sweep, sweeper, unfinishedBytes } from '#storage/store-retention';
import { freePort, type S3Server, startS3 } from './store.testing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-store-'));
const s3: S3Server | undefined = await startS3();
afterAll(() => {
  s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => vi.unstubAllEnvs());

function openWith(url: string, env: Record<string, string> = {}): ObjectStore {
  for (const [name, value] of Object.entries({ ...env, STORE_URL: url })) vi.stubEnv(name, value);
  return objectStoreFromEnv();
}

async function listed(store: ObjectStore, area: Area): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const item of store.list(area)) found.push(item);
  return found;
}

const kinds: [string, boolean, () => ObjectStore][] = [
  ['a folder', true, () => openWith(`file:${folder}`)],
  ['S3 (needs versitygw)', s3 !== undefined, () => openWith(s3?.url ?? '', s3?.env)],
];

describe.each(kinds.filter(([, there]) => there))('%s', (_, __, open) => {
  let store: ObjectStore;
  beforeAll(async () => {
    store = open();
    // The S3 client reads its credentials on the first call.
    await store.head(`jobs/${newName()}`);
  });
  afterAll(() => store?.close());

  test('gives back what it was given, bytes and what is known of them', async () => {
    const key = `uploads/${newName()}`;
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await store.put(key, bytes, { contentType: 'image/png', labels: { picture: '7' } });
    expect(await store.get(key)).toEqual({ bytes, contentType: 'image/png', labels: { picture: '7' } });
    const head = await store.head(key);
    expect(head).toMatchObject({ key, size: 5, contentType: 'image/png', labels: { picture: '7' } });
    expect(Math.abs((head?.modified ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  test('replaces whole, and an empty object is one', async () => {
    const key = `jobs/${newName()}`;
    await store.put(key, Buffer.from('a longer first text'));
    await store.put(key, Buffer.from('short'));
    expect((await store.get(key))?.bytes.toString()).toBe('short');
    await store.put(key, Buffer.alloc(0));
    expect((await store.get(key))?.bytes.length).toBe(0);
  });

  test('what is not there is undefined, also after it was deleted', async () => {
    const key = `results/${newName()}`;
    expect([await store.get(key), await store.head(key)]).toEqual([undefined, undefined]);
    await store.put(key, Buffer.from('x'));
    await store.delete(key);
    await store.delete(key);
    expect([await store.get(key), await store.head(key)]).toEqual([undefined, undefined]);
  });

  test('lists one area, without what is beside the objects', async () => {
    const mine = [`feedback/${newName()}`, `feedback/${newName()}-2`];
    for (const key of mine) await store.put(key, Buffer.from(key));
    await store.put(`kept/${newName()}`, Buffer.from('other'));
    const found = await listed(store, 'feedback');
    expect(found.map(({ key }) => key).sort()).toEqual([...mine].sort());
    expect(found[0]?.size).toBe(found[0]?.key.length);
  });

  test('many writers of one key leave one whole object', async () => {
    const key = `jobs/${newName()}`;
    const texts = Array.from({ length: 8 }, (_unused, index) => String(index).repeat(20_000));
    await Promise.all(texts.map((text) => store.put(key, Buffer.from(text))));
    expect(texts).toContain((await store.get(key))?.bytes.toString());
  });

  test.each([
    '../../etc/passwd',
    'uploads/../jobs/aaaaaaaaaaaaaaaaaaaa',
    '/etc/passwd',
    'uploads/C:\\x',
    'uploads/a.json',
    'others/aaaaaaaaaaaaaaaaaaaaaaa',
    `uploads/${'a'.repeat(200)}`,
    'uploads/AAAAAAAAAAAAAAAAAAAAAAAA',
    'uploads/aaaaaaaaaaaaaaaaaaaaa\0',
    'uploads/aaaaaaaaaaaaaaaaaaaaa\n',
  ])('%j is no key, whatever is asked', async (key) => {
    const asked = [store.get(key), store.head(key), store.delete(key), store.put(key, Buffer.from('x'))];
    for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[]) {
      expect([status, String(reason)]).toEqual(['rejected', expect.stringContaining('no key')]);
    }
    expect(isPictureRef(key)).toBe(false);
  });

  test('retention drops the old, then the oldest, and uploads never drive out reports', async () => {
    const day = 86_400_000;
    const maxAge = { uploads: day, results: day, jobs: day, feedback: 9 * day, kept: day };
    // By then, everything has expired.
    await sweep(store, { maxAge, maxBytes: 0 }, Date.now() + 30 * day);
    const keys = [1, 2, 3].map(() => `results/${newName()}`);
    for (const key of keys) {
      await store.put(key, Buffer.alloc(5_000));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    const report = `feedback/${newName()}`;
    await store.put(report, Buffer.from('small, and counted as a block of the disk'));
    expect(await sweep(store, { maxAge, maxBytes: 6_000 })).toBe(2);
    const left = await Promise.all([...keys, report].map(async (key) => (await store.head(key)) !== undefined));
    // S3's times are whole seconds, so any of the three may be the oldest.
    expect(left.filter(Boolean)).toHaveLength(2);
    expect(left[3]).toBe(true);
    await sweep(store, { maxAge, maxBytes: 100_000 }, Date.now() + 2 * day);
    expect(await listed(store, 'results')).toEqual([]);
    expect(await store.head(report)).toBeDefined();
    expect(await sweep(store, { maxAge, maxBytes: 4_000 })).toBe(1);
  });
});

test('a job that is not over keeps all it has, however full the store is; a finished one makes room', async () => {
  const store = folderStore(mkdtempSync(path.join(tmpdir(), 'obscura-retention-')));
  const day = 86_400_000;
  const retention = {
    maxAge: { uploads: day, results: day, jobs: day, feedback: day, kept: day },
    maxBytes: 10_000,
  };
  const [waiting, done] = [newName(), newName()];
  const own = [`uploads/${waiting}-0`, `jobs/${waiting}`, `results/${waiting}-0-rotate`];
  for (const key of [...own, `jobs/${done}`, `results/${done}-0-rotate`, `feedback/${newName()}`]) {
    await store.put(key, Buffer.alloc(9_000));
  }
  await store.put(`kept/${newName()}`, Buffer.alloc(50_000));
  expect(await unfinishedBytes(store)).toBe(9_000);
  // Both objects of the finished job, and the kept picture that exceeds the limit alone; the report stays.
  expect(await sweep(store, retention)).toBe(3);
  for (const key of own) expect(await store.head(key), key).toBeDefined();
  expect(await listed(store, 'feedback')).toHaveLength(1);
});

describe('a folder', () => {
  test('holds no more than objects and what is known of them; litter goes after an hour', async () => {
    const own = mkdtempSync(path.join(tmpdir(), 'obscura-store-'));
    const store = openWith(`file:${own}`);
    const name = newName();
    await store.put(`jobs/${name}`, Buffer.from('x'));
    expect(readdirSync(path.join(own, 'jobs')).sort()).toEqual([name, `${name}.json`]);
    expect(statSync(path.join(own, 'jobs', name)).mode & 0o077).toBe(0);
    const litter = ['old', 'new'].map((word) => path.join(own, 'jobs', `${name}.${word}.part`));
    for (const file of litter) writeFileSync(file, 'half');
    utimesSync(litter[0]!, 1, 1);
    await listed(store, 'jobs');
    expect(readdirSync(path.join(own, 'jobs')).filter((file) => file.endsWith('.part'))).toHaveLength(1);
    rmSync(own, { recursive: true });
  });

  test('that cannot be written is store-unavailable, without its path', async () => {
    const file = path.join(folder, 'a-file');
    writeFileSync(file, '');
    const store = openWith(`file:${file}`);
    const error = await store.put(`jobs/${newName()}`, Buffer.from('x')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'store-unavailable', status: 503 });
    expect((error as Error).message).not.toContain(folder);
  });

  test('on a cluster is none', () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
    expect(() => openWith(`file:${folder}`)).toThrow(/must be S3/);
  });
});

describe.skipIf(!s3)('S3 (needs versitygw)', () => {
  test('gives links that work without credentials, for that object, for that time', async () => {
    const store = openWith(s3!.url, s3!.env);
    const key = `results/${newName()}`;
    await store.put(key, Buffer.from('hello'), { contentType: 'image/png' });
    const link = (await store.link(key, 60)) as string;
    const response = await fetch(link);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'image/png',
      'hello',
    ]);
    expect((await fetch(link.replace(/Signature=..../, 'Signature=0000'))).status).toBe(403);
    expect((await fetch(link.split('?')[0]!)).status).toBe(403);
  });

  test('with wrong credentials, or away, is store-unavailable', async () => {
    const wrong = openWith(s3!.url, { ...s3!.env, STORE_SECRET_KEY: 'wrong' });
    await expect(wrong.get(`jobs/${newName()}`)).rejects.toMatchObject({ code: 'store-unavailable' });
    const away = openWith(`s3://bucket?endpoint=http://127.0.0.1:${await freePort()}`, s3!.env);
    await expect(away.put(`jobs/${newName()}`, Buffer.from('x'))).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test('a bucket that is not there is store-unavailable, no missing object', async () => {
    const store = openWith(s3!.url.replace('obscura-test', 'nothing-here'), s3!.env);
    await expect(store.get(`jobs/${newName()}`)).rejects.toMatchObject({ code: 'store-unavailable' });
  });
});

test('S3 that clients do not reach gives no links', async () => {
  const keys = { STORE_ACCESS_KEY: 'somebody', STORE_SECRET_KEY: 'something' };
  const link = (more: string) =>
    openWith(`s3://b?endpoint=http://127.0.0.1:1${more}`, keys).link(`jobs/${newName()}`, 60);
  expect(await link('')).toMatch(/^http:\/\/127\.0\.0\.1:1\/b\/jobs\//);
  expect(await link('&public=http://other:2')).toMatch(/^http:\/\/other:2\//);
  expect(await link('&public=')).toBeUndefined();
});

test.each([
  ['ftp://x', /must begin with/],
  ['s3://user:secret@bucket', /must not hold credentials/],
  ['s3://bucket?acl=public', /unknown part "acl"/],
])('STORE_URL=%s is refused', async (url, reason) => {
  await expect(async () => openWith(url).head(`jobs/${newName()}`)).rejects.toThrow(reason);
});

test('a sweeper looks at most once a minute, sooner when much has come, and never throws', async () => {
  let looks = 0;
  const store = {
    list: async function* () {
      looks += 1;
      yield* [];
      throw new Error('away');
    },
  } as unknown as ObjectStore;
  let now = 0;
  const maxAge = { uploads: 1, results: 1, jobs: 1, feedback: 1, kept: 1 };
  const sweepSometimes = sweeper(store, { maxAge, maxBytes: 1_000 }, () => now);
  await sweepSometimes(1);
  await sweepSometimes(1);
  expect(looks).toBe(1);
  await sweepSometimes(200);
  expect(looks).toBe(2);
  now = 61_000;
  await sweepSometimes(1);
  expect(looks).toBe(3);
});
