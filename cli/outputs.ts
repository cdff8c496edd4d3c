import { randomBytes } from 'node:crypto';
import { link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Problem } from '#contract/problems';
import { type Input, isPictureName } from './inputs.ts';
import { UsageError } from './usage.ts';

/** Where results go. */
export type Target =
  | { to: 'stdout' }
  | { to: 'file'; file: string }
  | { to: 'folder'; folder: string }
  | { to: 'beside' };

/** The format for each file name extension. */
const FORMAT_OF: Record<string, string> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
  '.avif': 'avif',
};
const EXTENSION_OF: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/avif': '.avif',
  'application/json': '.json',
};

/**
 * @param output the value of `-o`; by default results are written beside their pictures, and stdin's to stdout
 * @throws UsageError if several results would go to one file
 */
export async function targetOf(output: string | undefined, inputs: Input[]): Promise<Target> {
  const single = inputs.length === 1 && !inputs[0]?.listed;
  if (output === '-' || (output === undefined && inputs[0]?.from === 'stdin')) {
    if (single) return { to: 'stdout' };
    throw new UsageError('Only one result can go to stdout; name a folder with -o.');
  }
  if (output === undefined) return { to: 'beside' };
  const isFolder = /[/\\]$/.test(output) || (await stat(output).catch(() => undefined))?.isDirectory() === true;
  if (isFolder) return { to: 'folder', folder: output };
  if (!single && isPictureName(output))
    throw new UsageError(`"${output}" is the name of one picture; for several results name a folder.`);
  if (!single) return { to: 'folder', folder: output };
  return { to: 'file', file: output };
}

/**
 * The format that the output file's extension means; none without an extension, and for `.json`, which `info` writes.
 * @param requested by `--format`
 * @throws UsageError for an extension that is not supported or contradicts `--format`
 */
export function formatOf(target: Target, requested?: string): string | undefined {
  if (target.to !== 'file') return undefined;
  const ending = path.extname(target.file).toLowerCase();
  const format = FORMAT_OF[ending];
  if (format && requested && requested !== 'auto' && requested !== format)
    throw new UsageError(`"${target.file}" is the name of a ${format} file, and --format is ${requested}; give one.`);
  if (format || ending === '.json' || !/^\.[a-z]/.test(ending)) return format;
  throw new UsageError(
    `"${target.file}" cannot be written: its name must end in ${Object.keys(FORMAT_OF).join(', ')}.`,
  );
}

/** @throws Problem if a file's extension contradicts the content type */
export function checkName(file: string, contentType: string): void {
  const ending = path.extname(file).toLowerCase();
  const expected = ending === '.json' ? 'application/json' : FORMAT_OF[ending] && `image/${FORMAT_OF[ending]}`;
  if (expected && expected !== contentType)
    throw refused(`The result is ${contentType}; ${file} is the wrong name for it.`);
}

/** The file for one result. @param label the operation, for names beside the picture: `cat-rotate.jpg` */
export function fileOf(target: Target, input: Input, contentType: string, label: string): string {
  if (target.to === 'file') return target.file;
  const extension = EXTENSION_OF[contentType] ?? '';
  const stem = (name: string) => name.slice(0, name.length - path.extname(name).length);
  if (target.to === 'folder') return path.join(target.folder, `${stem(input.relative)}${extension}`);
  const base = input.from === 'file' ? input.name : input.relative;
  return `${stem(base)}-${label}${extension}`;
}

/** Writes results atomically, never two to one file, and over an existing file only with `--force`. */
export class Writer {
  private readonly written = new Set<string>();
  private readonly force: boolean;

  constructor(force: boolean) {
    this.force = force;
  }

  /** @throws Problem */
  async write(file: string, bytes: Buffer): Promise<void> {
    const place = path.resolve(file);
    if (this.written.has(place)) throw refused(`${file} is already the result of another picture.`);
    this.written.add(place);
    const part = path.join(path.dirname(place), `.${randomBytes(6).toString('hex')}.part`);
    try {
      await makeFolder(path.dirname(place));
      await writeFile(part, bytes, { flag: 'wx' });
      await (this.force ? rename(part, place) : moveIfFree(part, place));
    } catch (error) {
      throw error instanceof Problem ? error : refused(unwritable(file, error as NodeJS.ErrnoException));
    } finally {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? Object.assign(error, { code: 'ENOTDIR' }) : error;
  });
}

/** A link, unlike a rename, never replaces a file. File systems without links get a check before the rename. */
async function moveIfFree(part: string, place: string): Promise<void> {
  try {
    await link(part, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    if (await stat(place).catch(() => undefined)) throw Object.assign(new Error(), { code: 'EEXIST' });
    await rename(part, place);
  }
}

function refused(detail: string): Problem {
  return new Problem('option-invalid', detail, { members: { option: 'output' } });
}

function unwritable(file: string, { code }: NodeJS.ErrnoException): string {
  if (code === 'EEXIST') return `${file} exists; --force overwrites it.`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return `Permission denied: ${file} cannot be written.`;
  if (code === 'ENOSPC') return `There is no space left for ${file}.`;
  if (code === 'ENOTDIR') return `${file} cannot be written: a part of its path is a file.`;
  return `${file} cannot be written (${code}).`;
}
