import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CopyFormat, type Request, written } from '../functions/frontend-fn/page/written.ts';
import { photo } from './page-visit.ts';
import { sharedSystem } from './shared.ts';

/* What the darkroom's "copy as" gives, run as it is pasted, in a folder with the photo. */

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-copy-'));
let url: string;

beforeAll(async () => {
  ({ url } = await sharedSystem('page'));
  copyFileSync(photo('cat'), path.join(folder, "it is a cat's.jpg"));
  copyFileSync(photo('cat'), path.join(folder, 'photo.jpg'));
  copyFileSync(photo('rocket'), path.join(folder, 'logo.jpg'));
  writeFileSync(path.join(folder, 'faas-cli'), FAAS_CLI);
  chmodSync(path.join(folder, 'faas-cli'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Sends and prints what `faas-cli invoke` does without a login, for machines without it; a real one on the PATH comes
 * first.
 */
const FAAS_CLI = `#!/bin/sh
echo 'Failed to lookup auth config: config file not found'
shift; name=$1; shift
query=''
while [ $# -gt 0 ]; do query="$query --url-query '$(printf %s "$2" | sed "s/'/'\\\\\\\\''/g")'"; shift 2; done
eval "exec curl -sf -H 'content-type: text/plain' --data-binary @- $query \\"$OPENFAAS_URL/function/$name\\""
`;

const SHELLS: Record<CopyFormat, (text: string) => [string, string[]]> = {
  curl: (text) => ['sh', ['-ec', text]],
  'faas-cli': (text) => ['sh', ['-ec', text]],
  fetch: (text) => [process.execPath, ['--input-type=module', '-e', text]],
  python: (text) => ['python3', ['-c', text]],
  url: (text) => ['curl', ['-sf', text, '-o', 'out.jpg']],
};

async function run(format: CopyFormat, request: Omit<Request, 'address' | 'result'>): Promise<Buffer> {
  const asked = { ...request, address: `${url}/function/transform-fn`, result: 'out.jpg' };
  rmSync(path.join(folder, 'out.jpg'), { force: true });
  const [command, args] = SHELLS[format](written(format, asked) ?? '');
  const env = { ...process.env, PATH: `${process.env.PATH}:${folder}`, OPENFAAS_URL: url, HOME: folder };
  await promisify(execFile)(command, args, { cwd: folder, env });
  return readFileSync(path.join(folder, 'out.jpg'));
}

const FORMATS = ['curl', 'faas-cli', 'fetch', 'python'] as const;
const chain = 'resize:width=60,height=40,fit=contain,background=#ff0000;rotate:angle=90';

describe.each(FORMATS)('%s', (format) => {
  test('a chain with its options', async () => {
    const made = await sharp(await run(format, { query: { chain, format: 'webp' }, file: 'photo.jpg' })).metadata();
    expect(made).toMatchObject({ format: 'webp', width: 40, height: 60 });
  });

  test('a second picture', async () => {
    const query = { chain: 'watermark:scale=0.25;grayscale' };
    const with2 = await run(format, { query, file: 'photo.jpg', second: 'logo.jpg' });
    expect(await sharp(with2).metadata()).toMatchObject({ width: 451, height: 300 });
    const corner = { left: 451 - 100, top: 300 - 60, width: 90, height: 50 };
    const before = await sharp(photo('cat')).extract(corner).grayscale().stats();
    const after = await sharp(with2).extract(corner).grayscale().stats();
    expect(Math.abs((before.channels[0]?.mean ?? 0) - (after.channels[0]?.mean ?? 0))).toBeGreaterThan(10);
  });

  test('a picture by its address', async () => {
    const source = `${url}/function/frontend-fn/samples/rocket.jpg?a=1&b='2'`;
    expect(await sharp(await run(format, { query: { url: source, chain } })).metadata()).toMatchObject({ width: 40 });
  });

  test('a name that a shell could read becomes one that it cannot', () => {
    const request = { address: url, query: { chain: `'; touch x #\n"$(id)` }, result: 'out.jpg' };
    for (const file of [
      `x'; rm -rf ~.jpg`,
      '$(id).jpg',
      '-o.jpg',
      '`id`.jpg',
      '../a.jpg',
      'a\nb.jpg',
      'a".jpg',
      '@a.jpg',
    ])
      expect(written(format, { ...request, file })).not.toContain(file);
  });

  test('hostile options stay options', async () => {
    const hostile = { query: { chain: `rotate:90'; touch hacked; "$(touch hacked)` }, file: 'photo.jpg' };
    await expect(run(format, hostile)).rejects.toThrow();
    expect(() => readFileSync(path.join(folder, 'hacked'))).toThrow(/ENOENT/);
  });
});

test('a URL is there for what was fetched, and only for that', async () => {
  const source = `${url}/function/frontend-fn/samples/rocket.jpg`;
  expect(await sharp(await run('url', { query: { url: source, chain } })).metadata()).toMatchObject({ width: 40 });
  expect(written('url', { address: url, query: {}, file: 'a.jpg', result: 'out.jpg' })).toBeUndefined();
  expect(written('url', { address: url, query: { url: source }, second: 'a.jpg', result: 'x' })).toBeUndefined();
});
