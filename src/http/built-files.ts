import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isFresh } from '#http/etag';

/* Files of a built page: read once and looked up by name, so that no request becomes a path. */

export interface BuiltFile {
  bytes: Buffer;
  type: string;
  etag: string;
  /** Only for texts; compressed once. */
  gzipped: Buffer | undefined;
}

export type BuiltFiles = Map<string, BuiltFile>;

/** An answer, which each server writes in its own way. */
export interface FileAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer | string;
}

/** Names that contain a hash: their files never change. */
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

/** Reads a page's files from a folder, without its subfolders. */
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

/** A strong entity tag. */
export function etagOf(bytes: Buffer | string): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}

/** Answers with a file, compressed if the caller accepts it. */
export function answerFile(headers: IncomingHttpHeaders, file: BuiltFile, cacheControl: string): FileAnswer {
  const kept = { 'content-type': file.type, 'cache-control': cacheControl };
  // Each encoding would need an entity tag of its own; hashed names need none.
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
