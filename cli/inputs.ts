import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Problem } from '#platform/problems';
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
/** No gateway takes more; a wrong file must not fill the memory first. */
const MAX_BYTES = 256 * 1024 * 1024;

export function isPictureName(name: string): boolean {
  return EXTENSIONS.has(path.extname(name).toLowerCase());
}

/** Files, folders (with all below them), patterns, addresses and `-`, in the order given. @throws UsageError */
export async function findInputs(names: string[]): Promise<Input[]> {
  const found: Input[] = [];
  for (const name of names) found.push(...(await inputsOf(name)));
  if (found.filter(({ from }) => from === 'stdin').length > 1) throw new UsageError('"-" can be given once.');
  return found;
}

async function inputsOf(name: string): Promise<Input[]> {
  if (name === '-') return [{ name, relative: 'stdin', from: 'stdin', listed: false }];
  if (/^https?:\/\//i.test(name)) return [{ name, relative: urlName(name), from: 'url', listed: false }];
  const info = await stat(name).catch(() => undefined);
  if (!info && isPattern(name)) return matched(name);
  // A file that is missing fails alone, when its turn comes.
  if (!info?.isDirectory()) return [{ name, relative: path.basename(name), from: 'file', listed: false }];
  const items = await readdir(name, { recursive: true, withFileTypes: true });
  return items
    .filter((item) => item.isFile() && isPictureName(item.name) && !item.name.startsWith('.'))
    .map((item) => path.join(item.parentPath, item.name))
    .sort()
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
    if (size > MAX_BYTES) throw new Problem('body-too-large', `This is ${Math.round(size / 2 ** 20)} MiB: too large.`);
    return await readFile(name);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('source-failed', unreadable(error as NodeJS.ErrnoException));
  }
}

function unreadable({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'There is no such file.';
  if (code === 'EACCES' || code === 'EPERM') return 'The file may not be read.';
  if (code === 'EISDIR') return 'This is a folder.';
  return `The file cannot be read (${code}).`;
}
