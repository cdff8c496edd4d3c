import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isFresh } from '#http/etag';

/* Files of a built page: read once, looked up by name. No request ever becomes a path. */

export interface BuiltFile {
  bytes: Buffer;
  type: string;
  etag: string;
  /** Only of texts, made once. */
  gzipped: Buffer | undefined;
}

export type BuiltFiles = Map<string, BuiltFile>;

/** An answer as each server writes it in its own way. */
export interface FileAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer | string;
}

/** Names under which files never change. */
export const FOREVER = 'public, max-age=31536000, immutable';

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Reads the files of a folder that a page may have, but not those of folders in it. */
export async function readBuiltFiles(folder: string): Promise<BuiltFiles> {
  const names = (await readdir(folder)).filter((name) => path.extname(name) in TYPES);
  return new Map(await Promise.all(names.map(async (name) => [name, await readBuiltFile(folder, name)] as const)));
}

async function readBuiltFile(folder: string, name: string): Promise<BuiltFile> {
  const bytes = await readFile(path.join(folder, name));
  const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
  const gzipped = type.startsWith('text/') ? await promisify(gzip)(bytes, { level: 9 }) : undefined;
  return { bytes, type, etag: etagOf(bytes), gzipped };
}

/** A strong entity tag of some bytes. */
export function etagOf(bytes: Buffer | string): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}

/** Answers with a file, compressed for who takes that. */
export function answerFile(headers: IncomingHttpHeaders, file: BuiltFile, cacheControl: string): FileAnswer {
  const kept = { 'content-type': file.type, 'cache-control': cacheControl };
  // Two encodings of one file would need two entity tags; hashed names need none.
  if (file.gzipped) {
    const zipped = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
    const encoding = { ...kept, vary: 'accept-encoding', ...(zipped && { 'content-encoding': 'gzip' }) };
    return { status: 200, headers: encoding, body: zipped ? file.gzipped : file.bytes };
  }
  const tagged = { ...kept, etag: file.etag };
  return isFresh(headers, file.etag)
    ? { status: 304, headers: tagged, body: '' }
    : { status: 200, headers: tagged, body: file.bytes };
}
