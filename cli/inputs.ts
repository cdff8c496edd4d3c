import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';
import { printable } from '#kit/printable';
import { isPattern, matches } from './glob.ts';
import { UsageError } from './usage.ts';

/** A picture to work on. */
export interface Input {
  /** As the caller named it. */
  name: string;
  /** Its path below the folder on the command line; the path of its result in the output folder. */
  relative: string;
  from: 'file' | 'url' | 'stdin';
  /** Found in a folder, or by a pattern. */
  listed: boolean;
}

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.avif', '.tif', '.tiff']);
/** Formats that no function reads; skipped by name. */
const NOT_READ = new Set(
  (
    '.bmp .dib .heic .heif .hif .jxl .jp2 .j2k .jpf .ico .cur .psd .psb .svg .tga .exr .hdr .qoi .pbm .pgm .ppm .pnm ' +
    '.eps .dng .nef .cr2 .cr3 .arw .raf .orf .rw2 .raw'
  ).split(' '),
);
/** No gateway takes more; a larger file is not read into memory. */
const MAX_BYTES = 256 * 1024 * 1024;

export function isPictureName(name: string): boolean {
  return EXTENSIONS.has(path.extname(name).toLowerCase());
}

/** Whether it is the name of a picture in a format that no function reads, such as `a.heic`. */
export function isOtherPictureName(name: string): boolean {
  return NOT_READ.has(path.extname(name).toLowerCase());
}

/**
 * Finds files, folders (with their subfolders), patterns, URLs and `-`, in the order of the command line.
 * @param say called with a line for each picture of a folder that is skipped
 * @throws UsageError
 */
export async function findInputs(names: string[], say: (line: string) => void = () => undefined): Promise<Input[]> {
  const found: Input[] = [];
  for (const name of names) found.push(...(await inputsOf(name, say)));
  if (found.filter(({ from }) => from === 'stdin').length > 1) throw new UsageError('"-" can be given once.');
  return found;
}

async function inputsOf(name: string, say: (line: string) => void): Promise<Input[]> {
  if (name === '-') return [{ name, relative: 'stdin', from: 'stdin', listed: false }];
  if (/^https?:\/\//i.test(name)) return [{ name, relative: urlName(name), from: 'url', listed: false }];
  const info = await stat(name).catch(() => undefined);
  if (!info && isPattern(name)) return matched(name);
  // A missing file fails when its turn comes, and only that one.
  if (!info?.isDirectory()) return [{ name, relative: path.basename(name), from: 'file', listed: false }];
  const items = await readdir(name, { recursive: true, withFileTypes: true });
  const files = items
    .filter((item) => item.isFile() && !item.name.startsWith('.'))
    .map((item) => path.join(item.parentPath, item.name))
    .sort();
  for (const file of files.filter(isOtherPictureName)) {
    const kind = path.extname(file).slice(1).toUpperCase();
    say(`${printable(file)}: skipped: ${kind} cannot be read. Convert it to JPEG or PNG first.\n`);
  }
  return files
    .filter(isPictureName)
    .map((file) => ({ name: file, relative: path.relative(name, file), from: 'file', listed: true }));
}

/** @throws UsageError if nothing matches */
async function matched(pattern: string): Promise<Input[]> {
  const { folder, files } = await matches(pattern);
  if (files.length === 0) throw new UsageError(`No file matches ${pattern}.`);
  return files.map((relative) => ({ name: path.join(folder, relative), relative, from: 'file', listed: true }));
}

/** The last part of a URL's path as a safe file name. */
function urlName(address: string): string {
  const last = URL.canParse(address) ? (new URL(address).pathname.split('/').at(-1) ?? '') : '';
  const safe = last.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '');
  return safe === '' ? 'picture' : safe;
}

/** Reads a picture; undefined for a URL, which the function fetches. @throws Problem */
export async function readInput({ name, from }: Input): Promise<Buffer | undefined> {
  if (from === 'url') return undefined;
  if (from === 'stdin') return buffer(process.stdin);
  try {
    const { size } = await stat(name);
    if (size > MAX_BYTES) throw new Problem('body-too-large', `This is ${formatBytes(size)}: too large.`);
    return await readFile(name);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('source-failed', unreadable(error as NodeJS.ErrnoException));
  }
}

function unreadable({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'There is no such file.';
  if (code === 'EACCES' || code === 'EPERM') return 'Permission denied: the file cannot be read.';
  if (code === 'EISDIR') return 'This is a folder.';
  return `The file cannot be read (${code}).`;
}
