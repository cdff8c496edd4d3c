import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '#kit/atomic-write';
import type { Model } from './models.ts';
import type { Prompt } from './prompts.ts';
import type { LabelEmbedding } from './vectors.ts';

/** Subfolder of a model's folder. */
const FOLDER = 'presets';

/**
 * Stores the embeddings of label sets next to the model, since a large model takes many seconds for a thousand labels.
 * A file name contains a hash of everything that determines its content, so a file is never out of date. If the folder
 * is read-only, as in an image, the next process computes the embeddings again.
 */
export class EmbeddingStore {
  /** The stored embeddings, or else the result of `work`, which is then stored. */
  async remember(
    { folder, manifest }: Model,
    prompt: Prompt,
    labels: readonly string[],
    work: () => Promise<LabelEmbedding[]>,
  ): Promise<LabelEmbedding[]> {
    const { text, files, embedding } = manifest;
    const encoder = nameOf([files[text.file], files[text.tokenizer], text, embedding]);
    const file = path.join(folder, FOLDER, `${encoder}-${nameOf([prompt.templates, labels])}.f32`);
    const kept = await read(file, labels.length, embedding);
    if (kept) return kept;
    const embeddings = await work();
    await write(file, embeddings)
      .then(() => removeOutdated(path.dirname(file), encoder))
      .catch(() => {});
    return embeddings;
  }
}

function nameOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 24);
}

/** Removes the files of earlier versions of the model. */
async function removeOutdated(folder: string, encoder: string): Promise<void> {
  const old = (await readdir(folder)).filter((name) => name.endsWith('.f32') && !name.startsWith(encoder));
  await Promise.all(old.map((name) => rm(path.join(folder, name), { force: true })));
}

/** A file contains the vectors, their token counts, and the SHA-256 of both. Any other content is ignored. */
async function read(file: string, count: number, width: number): Promise<LabelEmbedding[] | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  const length = count * (width + 1) * Float32Array.BYTES_PER_ELEMENT;
  if (bytes?.length !== length + 32 || !hashOf(bytes.subarray(0, length)).equals(bytes.subarray(length)))
    return undefined;
  const all = new Float32Array(new Uint8Array(bytes.subarray(0, length)).buffer);
  const tokens = all.subarray(count * width);
  return Array.from(tokens, (own, i) => ({ vector: all.subarray(i * width, (i + 1) * width), tokens: own }));
}

async function write(file: string, embeddings: LabelEmbedding[]): Promise<void> {
  const parts = [...embeddings.map(({ vector }) => vector), Float32Array.from(embeddings, ({ tokens }) => tokens)];
  const data = Buffer.concat(
    parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  await mkdir(path.dirname(file), { recursive: true });
  await writeAtomically(file, Buffer.concat([data, hashOf(data)]));
}

function hashOf(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
