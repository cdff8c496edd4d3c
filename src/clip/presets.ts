import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from './models.ts';
import type { Prompt } from './prompts.ts';

/** Folder in a model's folder. */
const FOLDER = 'presets';

/**
 * Embeddings of label sets, kept beside the model once they are worked out: a thousand labels take a large model many
 * seconds. A file is found by a hash of everything that decides what is in it, so it is never out of date; a folder that
 * cannot be written to (an image's) only means that the next process works them out again.
 */
export class PresetStore {
  /** The vectors that are kept, or else the result of `work`, which is then kept. */
  async remember(
    { folder, manifest }: Model,
    prompt: Prompt,
    labels: readonly string[],
    work: () => Promise<Float32Array[]>,
  ): Promise<Float32Array[]> {
    const { text, files, embedding } = manifest;
    const encoder = nameOf([files[text.file], files[text.tokenizer], text, embedding]);
    const file = path.join(folder, FOLDER, `${encoder}-${nameOf([prompt.templates, labels])}.f32`);
    const kept = await read(file, labels.length, embedding);
    if (kept) return kept;
    const vectors = await work();
    await write(file, vectors)
      .then(() => tidy(path.dirname(file), encoder))
      .catch(() => {});
    return vectors;
  }
}

function nameOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 24);
}

/** What an earlier version of the model left behind is of no use to anybody. */
async function tidy(folder: string, encoder: string): Promise<void> {
  const old = (await readdir(folder)).filter((name) => name.endsWith('.f32') && !name.startsWith(encoder));
  await Promise.all(old.map((name) => rm(path.join(folder, name), { force: true })));
}

/** A file is its vectors, one after another, and the SHA-256 of them; anything else is as good as none. */
async function read(file: string, count: number, width: number): Promise<Float32Array[] | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  const length = count * width * Float32Array.BYTES_PER_ELEMENT;
  if (bytes?.length !== length + 32 || !hashOf(bytes.subarray(0, length)).equals(bytes.subarray(length)))
    return undefined;
  const all = new Float32Array(new Uint8Array(bytes.subarray(0, length)).buffer);
  return Array.from({ length: count }, (_, i) => all.subarray(i * width, (i + 1) * width));
}

async function write(file: string, vectors: Float32Array[]): Promise<void> {
  const data = Buffer.concat(
    vectors.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await writeFile(unfinished, Buffer.concat([data, hashOf(data)]));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function hashOf(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
