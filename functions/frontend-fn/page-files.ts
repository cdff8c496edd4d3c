import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { envText } from '#config/env';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { isFresh } from '#http/etag';
import { etagOf, type RouteAnswer } from './answer.ts';

interface PageFile {
  bytes: Buffer;
  type: string;
  etag: string;
  /** Only of texts, made once. */
  gzipped: Buffer | undefined;
}

type Files = Map<string, PageFile>;

export interface PageFiles {
  /** Script and style under hashed names. */
  assets: Files;
  samples: Files;
  /** Hashed names of the page's entries. */
  script: string;
  style: string;
}

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

let loading: Promise<PageFiles> | undefined;

/** The built page, read once: it lies beside the bundle, or in `PAGE_FOLDER`. */
export function pageFiles(): Promise<PageFiles> {
  loading ??= load(envText('PAGE_FOLDER', fileURLToPath(new URL('./page/', import.meta.url)))).catch(
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

async function load(folder: string): Promise<PageFiles> {
  const meta = JSON.parse(await readFile(path.join(folder, 'meta.json'), 'utf8')) as Record<string, string>;
  const [assets, samples] = await Promise.all([readFiles(folder), readFiles(path.join(folder, 'samples'))]);
  return { assets, samples, script: meta['main.ts'] ?? '', style: meta['main.css'] ?? '' };
}

/** Files of a kind that a page has, by name. Requests are looked up here: no request ever becomes a path. */
async function readFiles(folder: string): Promise<Files> {
  const names = (await readdir(folder)).filter((name) => path.extname(name) in TYPES);
  return new Map(await Promise.all(names.map(async (name) => [name, await readPageFile(folder, name)] as const)));
}

async function readPageFile(folder: string, name: string): Promise<PageFile> {
  const bytes = await readFile(path.join(folder, name));
  const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
  const gzipped = type.startsWith('text/') ? await promisify(gzip)(bytes, { level: 9 }) : undefined;
  return { bytes, type, etag: etagOf(bytes), gzipped };
}

/** `GET /assets/<name>`: hashed names never change. */
export async function serveAsset(event: FunctionEvent, name: string): Promise<RouteAnswer> {
  return serve(event, (await pageFiles()).assets.get(name), 'public, max-age=31536000, immutable');
}

/** `GET /samples/<name>`. */
export async function serveSample(event: FunctionEvent, name: string): Promise<RouteAnswer> {
  return serve(event, (await pageFiles()).samples.get(name), 'public, max-age=86400');
}

function serve(event: FunctionEvent, file: PageFile | undefined, cacheControl: string): RouteAnswer {
  if (!file) throw new Problem('not-found', 'There is no such file here; reload the page.');
  const headers = { 'content-type': file.type, 'cache-control': cacheControl };
  // Two encodings of one file would need two entity tags; hashed names need none.
  if (file.gzipped) {
    const zipped = /\bgzip\b/.test(String(event.headers['accept-encoding'] ?? ''));
    const encoding = { ...headers, vary: 'accept-encoding', ...(zipped && { 'content-encoding': 'gzip' }) };
    return { headers: encoding, body: zipped ? file.gzipped : file.bytes };
  }
  if (isFresh(event.headers, file.etag)) return { status: 304, headers: { ...headers, etag: file.etag }, body: '' };
  return { headers: { ...headers, etag: file.etag }, body: file.bytes };
}
