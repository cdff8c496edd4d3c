import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { Sorry } from '../models/sorry.ts';

/** A picture whose content is known. */
export interface Sample {
  /** Which set it belongs to. */
  set: string;
  /** What it shows, the most specific name first. */
  labels: string[];
  read(): Promise<Buffer>;
}

const PICTURE = /\.(jpe?g|png|webp|gif|avif|tiff?)$/i;

/**
 * Reads labelled pictures: a folder of folders named by their label; or a list, a line of JSON each
 * (`.jsonl`, `.jsonl.gz`): `{"file", "labels" or "label", "source"?, "offset"?, "length"?}`. `file` is relative to the
 * list; with `offset` and `length` it holds many pictures one after another; `source` names the set.
 * @throws Sorry
 */
export async function readSamples(data: string): Promise<Sample[]> {
  const found = await stat(data).catch(() => undefined);
  if (!found) throw new Sorry(`There is no ${data}.`, 2);
  const samples = found.isDirectory() ? await fromFolders(data) : await fromList(data);
  if (samples.length === 0) throw new Sorry(`There is no labelled picture in ${data}.`, 2);
  return samples;
}

async function fromFolders(data: string): Promise<Sample[]> {
  const folders = (await readdir(data, { withFileTypes: true })).filter((entry) => entry.isDirectory());
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

async function fromList(list: string): Promise<Sample[]> {
  const raw = createReadStream(list);
  const lines = createInterface({ input: list.endsWith('.gz') ? raw.pipe(createGunzip()) : raw });
  const samples: Sample[] = [];
  for await (const line of lines) {
    if (line.trim() !== '') samples.push(sampleOf(line, samples.length + 1, list));
  }
  return samples;
}

function sampleOf(line: string, number: number, list: string): Sample {
  try {
    const { file, label, labels = [label], source, offset, length } = JSON.parse(line);
    const fine = typeof file === 'string' && Array.isArray(labels) && labels.every((name) => typeof name === 'string');
    if (!fine) throw new TypeError('file and labels are needed');
    const full = path.resolve(path.dirname(list), file);
    const read = () => (offset === undefined ? readFile(full) : readPart(full, Number(offset), Number(length)));
    return { set: source ?? path.basename(list), labels, read };
  } catch (error) {
    throw new Sorry(`Line ${number} of ${list} cannot be used: ${(error as Error).message}.`);
  }
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
