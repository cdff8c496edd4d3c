import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { FunctionContext } from '#handler';
import { accessFromEnv, guarded } from '#http/access';
import { sign, signAddress, signedText } from '#http/access-signature';
import { eventOf } from '../../test/events.ts';

const KEY = 'correct-horse-battery-staple';
const OTHER = 'another-key-of-good-length';
const LATER = '99999999999';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'obscura-access-'));
  writeFileSync(path.join(folder, 'api-keys'), `# two callers\n${KEY}\n\n${OTHER}\n`);
  writeFileSync(path.join(folder, 'signing'), `${OTHER}\n${KEY}\n`);
  writeFileSync(path.join(folder, 'short'), 'too short\n');
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

function accessWith(settings: Record<string, string>) {
  vi.stubEnv('secret_mount_path', folder);
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  return accessFromEnv('transform-fn');
}

/** A request by a signed address. */
function signed(query: Record<string, string | string[]>, { key = KEY, name = 'transform-fn', path: at = '/' } = {}) {
  return eventOf({ method: 'GET', path: at, query: { ...query, signature: sign({ name, path: at, query }, key) } });
}

const problemOf = (attempt: () => unknown) => {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return undefined;
};

test('everybody may, unless the operator says otherwise', () => {
  const event = eventOf({ query: { signature: 'an option like any other' } });
  expect(accessWith({})(event)).toBe(event);
});

test('a secret that is missing, empty or weak stops the start: nothing opens by mistake', () => {
  for (const secret of ['none', 'short']) {
    for (const name of ['ACCESS_KEYS', 'ACCESS_SIGNING']) {
      expect(() => accessWith({ [name]: secret }), `${name}=${secret}`).toThrow(/keys of at least 16 characters/);
      vi.unstubAllEnvs();
    }
  }
});

test.each([{ authorization: `Bearer ${KEY}` }, { authorization: `bearer ${OTHER}` }, { 'x-api-key': KEY }])(
  '%j opens',
  (headers) => {
    const event = eventOf({ headers: headers as Record<string, string> });
    expect(accessWith({ ACCESS_KEYS: 'api-keys' })(event)).toBe(event);
  },
);

test.each([
  {},
  { authorization: KEY },
  { authorization: `Basic ${KEY}` },
  { authorization: 'Bearer ' },
  { 'x-api-key': `${KEY}x` },
  { 'x-api-key': KEY.slice(0, -1) },
  { 'x-api-key': '# two callers' },
])('%j is 401, and says how', (headers) => {
  const admit = accessWith({ ACCESS_KEYS: 'api-keys' });
  expect(problemOf(() => admit(eventOf({ headers: headers as Record<string, string> })))).toMatchObject({
    status: 401,
    code: 'unauthorized',
    headers: { 'www-authenticate': 'Bearer' },
  });
});

test('each key has a rate of its own; strangers use up nobody’s', () => {
  const admit = accessWith({ ACCESS_KEYS: 'api-keys', ACCESS_RATE: '12' });
  const by = (key: string) => problemOf(() => admit(eventOf({ headers: { 'x-api-key': key } })));
  expect([by(KEY), by(KEY)]).toEqual([undefined, undefined]);
  expect(by(KEY)).toMatchObject({ status: 429, code: 'busy', headers: { 'retry-after': expect.any(String) } });
  for (let times = 0; times < 9; times++) expect(by('a stranger')).toMatchObject({ code: 'unauthorized' });
  expect(by(OTHER)).toBeUndefined();
});

test('a signed address opens until it expires, and its parameters are no options', () => {
  const admit = accessWith({ ACCESS_SIGNING: 'signing' });
  const query = { chain: 'resize:512;grayscale', url: 'https://example.com/a b.png?x=1&y=ü', expires: LATER };
  for (const key of [KEY, OTHER]) {
    const { expires: _, ...options } = query;
    expect(admit(signed(query, { key })).query).toEqual(options);
  }
  expect(problemOf(() => admit(signed({ ...query, expires: '1700000000' })))).toMatchObject({
    status: 410,
    code: 'expired',
  });
});

test('whatever is changed, the signature no longer fits', () => {
  const admit = accessWith({ ACCESS_SIGNING: 'signing' });
  const query = { chain: 'resize:512', labels: ['a', 'b'], url: 'https://example.com/a.png', expires: LATER };
  const good = signed(query);
  expect(problemOf(() => admit(good))).toBeUndefined();
  const changed = [
    { ...good, query: { ...good.query, chain: 'resize:5120' } },
    { ...good, query: { ...good.query, quality: '100' } },
    { ...good, query: { ...good.query, labels: ['a'] } },
    { ...good, query: { ...good.query, expires: '99999999998' } },
    { ...good, query: { ...good.query, signature: [String(good.query.signature), 'x'] } },
    { ...good, query: { ...good.query, signature: `${String(good.query.signature).slice(0, -1)}_` } },
    { ...good, query: query },
    { ...good, path: '/elsewhere' },
    { ...good, method: 'POST' },
    { ...good, headers: { 'content-length': '17' } },
    { ...good, headers: { 'transfer-encoding': 'chunked' } },
    signed(query, { key: 'a key that nobody gave out' }),
    signed(query, { name: 'clip-fn' }),
    signed({ chain: 'flip' }),
    signed({ chain: 'flip', expires: 'never' }),
  ];
  for (const event of changed) {
    expect(problemOf(() => admit(event))).toMatchObject({ status: 403, code: 'signature-invalid' });
  }
});

test('with keys and signatures either will do', () => {
  const admit = accessWith({ ACCESS_KEYS: 'api-keys', ACCESS_SIGNING: 'signing' });
  expect(problemOf(() => admit(signed({ expires: LATER })))).toBeUndefined();
  expect(problemOf(() => admit(eventOf({ headers: { 'x-api-key': KEY } })))).toBeUndefined();
  expect(problemOf(() => admit(eventOf({})))).toMatchObject({ code: 'unauthorized' });
});

test('a handler is guarded in one line', () => {
  vi.stubEnv('secret_mount_path', folder);
  vi.stubEnv('ACCESS_KEYS', 'api-keys');
  const handle = vi.fn();
  const handler = guarded('any-fn', handle);
  expect(problemOf(() => handler(eventOf({}), {} as FunctionContext))).toMatchObject({ code: 'unauthorized' });
  handler(eventOf({ headers: { 'x-api-key': KEY } }), {} as FunctionContext);
  expect(handle).toHaveBeenCalledTimes(1);
});

test('what is signed is what docs/access.md says, so that openssl signs the same', () => {
  const text = signedText({
    name: 'transform-fn',
    path: '/',
    query: { url: 'https://example.com/cat.jpg', expires: '1790000000', chain: 'resize:512' },
  });
  expect(text).toBe('transform-fn/\nchain=resize%3A512&expires=1790000000&url=https%3A%2F%2Fexample.com%2Fcat.jpg');
  const digest = execFileSync('openssl', ['dgst', '-sha256', '-hmac', KEY, '-binary'], { input: text });
  const query = { chain: 'resize:512', expires: '1790000000', url: 'https://example.com/cat.jpg' };
  expect(sign({ name: 'transform-fn', path: '/', query }, KEY)).toBe(digest.toString('base64url'));
});

test('addresses are signed by function and script alike', () => {
  const address =
    'http://127.0.0.1:8080/function/transform-fn.openfaas-fn?chain=resize:512&expires=1&url=https://x.example/a';
  const made = new URL(signAddress(address, OTHER, Number(LATER)));
  expect(made.searchParams.getAll('expires')).toEqual([LATER]);
  expect(() => signAddress('http://127.0.0.1/healthz', KEY, 1)).toThrow(/must name a function/);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const printed = execFileSync(
    process.execPath,
    ['scripts/run.mjs', 'sign', '--secret', `${folder}/signing`, address],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const admit = accessWith({ ACCESS_SIGNING: 'signing' });
  for (const url of [made, new URL(printed)]) {
    const event = eventOf({ method: 'GET', query: Object.fromEntries(url.searchParams) });
    expect(admit(event).query).toEqual({ chain: 'resize:512', url: 'https://x.example/a' });
  }
});
