import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';
import { isPattern, matches } from './glob.ts';
import { UsageError } from './usage.ts';

/** A picture to work on. */
export interface Input {
  /** As the caller named it. */
  name: string;
  /** Where its result belongs inside a folder: its own path below the folder that was named. */
  relative: string;
  from: 'file' | 'url' | 'stdin';
  /** Found by looking into a folder, or by a pattern. */
  listed: boolean;
}

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.avif', '.tif', '.tiff']);
/** Pictures, and what is taken for one, that no function reads: passed over by name. */
const NOT_READ = new Set(
  (
    '.bmp .dib .heic .heif .hif .jxl .jp2 .j2k .jpf .ico .cur .psd .psb .svg .tga .exr .hdr .qoi .pbm .pgm .ppm .pnm ' +
    '.eps .dng .nef .cr2 .cr3 .arw .raf .orf .rw2 .raw'
  ).split(' '),
);
/** No gateway takes more; a wrong file must not fill the memory first. */
const MAX_BYTES = 256 * 1024 * 1024;

export function isPictureName(name: string): boolean {
  return EXTENSIONS.has(path.extname(name).toLowerCase());
}

/** Whether a name is that of a picture of a kind that no function reads, such as `a.heic`. */
export function isOtherPictureName(name: string): boolean {
  return NOT_READ.has(path.extname(name).toLowerCase());
}

/**
 * Files, folders (with all below them), patterns, addresses and `-`, in the order given.
 * @param say told each picture of a folder that is passed over, and why, in a line
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
  // A file that is missing fails alone, when its turn comes.
  if (!info?.isDirectory()) return [{ name, relative: path.basename(name), from: 'file', listed: false }];
  const items = await readdir(name, { recursive: true, withFileTypes: true });
  const files = items
    .filter((item) => item.isFile() && !item.name.startsWith('.'))
    .map((item) => path.join(item.parentPath, item.name))
    .sort();
  for (const file of files.filter(isOtherPictureName)) {
    const kind = path.extname(file).slice(1).toUpperCase();
    say(`${file.replace(/\p{C}/gu, ' ')}: skipped: ${kind} cannot be read. Convert it to JPEG or PNG first.\n`);
  }
  return files
    .filter(isPictureName)
    .map((file) => ({ name: file, relative: path.relative(name, file), from: 'file', listed: true }));
}

/** @throws UsageError when there is nothing */
async function matched(pattern: string): Promise<Input[]> {
  const { folder, files } = await matches(pattern);
  if (files.length === 0) throw new UsageError(`No file matches ${pattern}.`);
  return files.map((relative) => ({ name: path.join(folder, relative), relative, from: 'file', listed: true }));
}

/** The last part of an address's path, as a file name that leads nowhere else. */
function urlName(address: string): string {
  const last = URL.canParse(address) ? (new URL(address).pathname.split('/').at(-1) ?? '') : '';
  const safe = last.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '');
  return safe === '' ? 'picture' : safe;
}

/** A picture's bytes; undefined for an address, which the function fetches. @throws Problem in the caller's words */
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
