import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../models/usage-error.ts';

/** A picture whose content is known. */
export interface Sample {
  /** The set it belongs to. */
  set: string;
  /** What it shows, the most specific name first. */
  labels: string[];
  /** Sentences that describe it and no other picture. */
  texts?: string[];
  read(): Promise<Buffer>;
}

const PICTURE = /\.(jpe?g|png|webp|gif|avif|tiff?)$/i;

/**
 * Reads labelled pictures: a folder of folders named by their label, or of pictures named by it; or a list, an array of
 * JSON (`.json`) or one line for each (`.jsonl`, `.jsonl.gz`): `{"file", "labels" or "label", "texts"?, "source"?,
 * "offset"?, "length"?}`. `file` is relative to the list; with `offset` and `length` it contains several pictures;
 * `source` names the set. A picture may have only sentences and no labels.
 * @throws UsageError
 */
export async function readSamples(data: string): Promise<Sample[]> {
  const found = await stat(data).catch(() => undefined);
  if (!found) throw new UsageError(`There is no ${data}.`, 2);
  const samples = found.isDirectory() ? await fromFolders(data) : await fromList(data);
  if (samples.length === 0) throw new UsageError(`There is no labelled picture in ${data}.`, 2);
  return samples;
}

async function fromFolders(data: string): Promise<Sample[]> {
  const entries = await readdir(data, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  if (folders.length === 0) return byName(data, entries.map(({ name }) => name).sort());
  const lists = folders.map(async ({ name }) => {
    const files = (await readdir(path.join(data, name))).filter((file) => PICTURE.test(file)).sort();
    const label = name.replaceAll('_', ' ');
    return files.map((file) => ({
      set: path.basename(data),
      labels: [label],
      read: () => readFile(path.join(data, name, file)),
    }));
  });
  return (await Promise.all(lists)).flat();
}

/** `acoustic-guitar.jpg` shows an acoustic guitar. */
function byName(folder: string, files: string[]): Sample[] {
  return files
    .filter((file) => PICTURE.test(file))
    .map((file) => ({
      set: path.basename(folder),
      labels: [path.parse(file).name.replaceAll(/[-_]/g, ' ')],
      read: () => readFile(path.join(folder, file)),
    }));
}

async function fromList(list: string): Promise<Sample[]> {
  if (list.endsWith('.json')) return (await fromArray(list)).map((one, i) => sampleOf(one, `Entry ${i + 1}`, list));
  const raw = createReadStream(list);
  const lines = createInterface({ input: list.endsWith('.gz') ? raw.pipe(createGunzip()) : raw });
  const samples: Sample[] = [];
  for await (const line of lines) {
    if (line.trim() !== '') samples.push(sampleOf(parsed(line), `Line ${samples.length + 1}`, list));
  }
  return samples;
}

async function fromArray(list: string): Promise<unknown[]> {
  const all = parsed(await readFile(list, 'utf8'));
  if (Array.isArray(all)) return all;
  throw new UsageError(`${list} cannot be used: it is not a JSON array.`);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function sampleOf(entry: unknown, where: string, list: string): Sample {
  const { file, label, texts, source, offset, length, ...rest } = (entry ?? {}) as Record<string, unknown>;
  const { labels = label === undefined ? [] : [label] } = rest;
  const valid = isTexts(labels) && (texts === undefined || isTexts(texts));
  if (typeof file !== 'string' || !valid) {
    throw new UsageError(
      `${where} of ${list} cannot be used: it needs "file", and "labels" and "texts" must be lists of texts.`,
    );
  }
  const full = path.resolve(path.dirname(list), file);
  const read = () => (offset === undefined ? readFile(full) : readPart(full, Number(offset), Number(length)));
  return { set: String(source ?? path.basename(list)), labels, ...(texts && { texts }), read };
}

async function readPart(file: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
