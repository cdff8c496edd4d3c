import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type LookupFunction } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isPublic } from '#http/addresses';
import { picture } from '../../test/pictures.ts';
import { type UrlRules, urlRulesFromEnv } from './url-rules.ts';
import { fetchPicture } from './url-source.ts';

let png: Buffer;
let server: Server;
let port: number;
let served = 0;
const bomb = gzipSync(Buffer.alloc(50_000_000));

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const answers: Record<string, Answer> = {
  '/picture.png': (response) => response.writeHead(200, { 'content-type': 'image/png' }).end(png),
  '/gzip': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(png)),
  '/bomb': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  '/large': (response) => response.writeHead(200, { 'content-length': '999999999' }).end(png),
  '/endless': (response) => {
    response.writeHead(200);
    // Not by `destroyed` alone: on some Nodes writes go on for ever after the socket has gone.
    const more = (error?: Error | null): void => {
      if (!error && response.socket?.writable) response.write(Buffer.alloc(65_536), more);
    };
    more();
  },
  '/br': (response) => response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(png)),
  '/deflate': (response) => response.writeHead(200, { 'content-encoding': 'deflate' }).end(deflateSync(png)),
  '/identity': (response) => response.writeHead(200, { 'content-encoding': 'identity' }).end(png),
  '/gzip-cut': (response) => {
    const whole = gzipSync(png);
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(whole.subarray(0, whole.length - 20));
  },
  '/strange': (response) => response.writeHead(200, { 'content-encoding': 'compress, gzip' }).end(png),
  '/not-gzip': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(png),
  '/drop-by-drop': (response) => {
    response.writeHead(200);
    const drops = setInterval(() => response.write('.'), 20);
    response.once('close', () => clearInterval(drops));
  },
  '/slow': (response) => void response.writeHead(200).write(png.subarray(0, 10)),
  '/short': (response) => {
    response.writeHead(200, { 'content-length': String(png.length) }).write(png.subarray(0, 20));
    setTimeout(() => response.destroy(), 20);
  },
  '/nothing': (response) => response.writeHead(200).end(),
  '/html': (response) => response.writeHead(200).end('<!doctype html><title>Sign in</title>'),
  '/words': (response) => response.writeHead(200).end('no picture, only words'),
  '/video': (response) => response.writeHead(200).end(Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1')),
  '/missing': (response) => response.writeHead(404).end('no'),
  '/once': (response) => response.writeHead(302, { location: '/picture.png' }).end(),
  '/loop': (response) => response.writeHead(302, { location: '/loop' }).end(),
  '/to-metadata': (response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
  '/to-credentials': (response) => response.writeHead(302, { location: 'http://a:b@example.com/' }).end(),
  '/to-file': (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
};

beforeAll(async () => {
  png = await picture(40, 30).png().toBuffer();
  server = createServer((request, response) => {
    served += 1;
    (answers[request.url ?? ''] ?? answers['/missing'])?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A resolver that gives these answers, one a question, the last for ever. */
function resolver(...given: string[]): LookupFunction {
  let asked = 0;
  return (_, options, done) => {
    const address = given[Math.min(asked++, given.length - 1)] as string;
    if (options.all) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  };
}

const here: UrlRules = {
  maxBytes: 1_000_000,
  timeout: 10_000,
  allowAddress: (address) => isPublic(address) || address === '127.0.0.1',
  hosts: [],
  lookup: resolver('127.0.0.1'),
};
const strict: UrlRules = { ...here, allowAddress: isPublic };
const at = (path: string, host = '127.0.0.1') => `http://${host}:${port}${path}`;

test.each(['/picture.png', '/gzip', '/br', '/deflate', '/identity', '/once'])('%s is fetched', async (path) => {
  expect((await fetchPicture(at(path), here)).equals(png)).toBe(true);
  expect((await fetchPicture(at(path, 'pictures.example'), here)).equals(png)).toBe(true);
});

test.each([
  ['/nothing', 'source-failed', /127.0.0.1 answered with nothing/],
  ['/html', 'not-a-picture', /127.0.0.1 did not answer with a picture.*This is HTML/],
  ['/words', 'not-a-picture', /127.0.0.1 did not answer with a picture.*This is text/],
  ['/video', 'not-a-picture', /127.0.0.1 did not answer with a picture.*This is a video/],
  ['/missing', 'source-failed', /answered 404/],
  ['/loop', 'source-failed', /redirects more than 3 times/],
  ['/short', 'source-failed', /broke off/],
  ['/gzip-cut', 'source-failed', /could not be fetched/],
  ['/not-gzip', 'source-failed', /could not be fetched/],
  ['/strange', 'source-failed', /not known here/],
  ['/slow', 'timed-out', /too long/],
  ['/drop-by-drop', 'timed-out', /too long/],
  ['/endless', 'body-too-large', /larger than/],
  ['/bomb', 'body-too-large', /larger than/],
  ['/large', 'body-too-large', /larger than/],
  ['/to-metadata', 'address-refused', /not fetched from/],
  ['/to-file', 'option-invalid', /http or https/],
  ['/to-credentials', 'option-invalid', /without a user name/],
])('%s is %s', async (path, code, detail) => {
  const rules = { ...here, timeout: code === 'timed-out' ? 200 : 10_000 };
  const error = await fetchPicture(at(path), rules).catch((thrown) => thrown);
  expect(error).toMatchObject({ code });
  expect(error.message).toMatch(detail);
});

test.each([
  'ftp://example.com/a.png',
  'file:///etc/passwd',
  'gopher://x',
  'http://user:secret@example.com/',
  'http://',
  'nonsense',
  'javascript:alert(1)',
])('%s is no address for us', async (address) => {
  await expect(fetchPicture(address, here)).rejects.toMatchObject({ code: 'option-invalid' });
});

test.each([
  '127.0.0.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '127.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '0',
  '169.254.169.254',
  '127.0.0.1.',
])('literal %s never leaves', async (host) => {
  const before = served;
  await expect(fetchPicture(at('/picture.png', host), strict)).rejects.toMatchObject({
    code: 'address-refused',
    status: 403,
  });
  expect(served).toBe(before);
});

test('a name that leads inside is refused, also when only one of its addresses does', async () => {
  const before = served;
  await expect(
    fetchPicture(at('/picture.png', 'inside.example'), { ...strict, lookup: resolver('10.0.0.7') }),
  ).rejects.toMatchObject({ code: 'address-refused' });
  const mixed: LookupFunction = (_, __, done) =>
    done(null, [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  await expect(fetchPicture(at('/picture.png', 'mixed.example'), { ...strict, lookup: mixed })).rejects.toMatchObject({
    code: 'address-refused',
  });
  expect(served).toBe(before);
});

test('a name that changes its answer gains nothing: the socket itself is asked where it went', async () => {
  // The lookup is told a public address; the socket connects to this machine all the same.
  const lying: LookupFunction = (_, options, done) => {
    const address = Object.assign(new String('8.8.8.8'), { toString: () => '127.0.0.1' }) as unknown as string;
    if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, address, 4);
  };
  let checks = 0;
  const rules: UrlRules = {
    ...strict,
    lookup: lying,
    allowAddress: (address) => (checks++ === 0 ? true : isPublic(address)),
  };
  const before = served;
  await expect(fetchPicture(at('/picture.png', 'rebinding.example'), rules)).rejects.toMatchObject({
    code: 'address-refused',
  });
  expect(checks).toBe(2);
  expect(served).toBe(before);
});

test('proxy settings lead nowhere', async () => {
  const proxied: string[] = [];
  const proxy = createSocketServer((socket) => {
    proxied.push('asked');
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  for (const name of ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY'])
    vi.stubEnv(name, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  expect((await fetchPicture(at('/picture.png'), here)).equals(png)).toBe(true);
  vi.unstubAllEnvs();
  proxy.close();
  expect(proxied).toEqual([]);
});

test('hosts and networks can be named', async () => {
  const only = { ...here, hosts: ['pictures.example', '.cdn.example'] };
  for (const host of ['pictures.example', 'a.cdn.example', 'PICTURES.example'])
    await fetchPicture(at('/picture.png', host), only);
  for (const host of ['other.example', 'cdn.example.evil', 'evilpictures.example']) {
    await expect(fetchPicture(at('/picture.png', host), only)).rejects.toMatchObject({ code: 'address-refused' });
  }
  vi.stubEnv('INTAKE_URL_NETWORKS', '127.0.0.0/30, 10.0.0.0/8');
  const rules = urlRulesFromEnv(1_000_000);
  vi.unstubAllEnvs();
  expect([
    rules.allowAddress('127.0.0.1'),
    rules.allowAddress('10.2.3.4'),
    rules.allowAddress('127.0.0.9'),
    rules.allowAddress('8.8.8.8'),
  ]).toEqual([true, true, false, true]);
  expect((await fetchPicture(at('/picture.png'), rules)).equals(png)).toBe(true);
});

test('the caller leaving stops the fetch', async () => {
  const leaving = new AbortController();
  const fetched = fetchPicture(at('/slow'), { ...here, timeout: 5_000 }, leaving).catch((thrown) => thrown);
  setTimeout(() => leaving.abort(), 30);
  expect(await fetched).toMatchObject({ code: 'source-failed' });
});
