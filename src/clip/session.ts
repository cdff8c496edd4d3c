import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { missing } from './model-missing.ts';
import type { Model } from './models.ts';
import { loadTokenizer, type Tokenize } from './tokenizer.ts';
import { normaliseRow } from './vectors.ts';

/** One half of a dual encoder, opened. */
export interface Tower<Input> {
  /** @returns `count` embeddings one after another, each of length 1 */
  embed(input: Input): Promise<Float32Array>;
  /** Gives its memory back. */
  close(): Promise<void>;
}

/** What a graph must take or give: element type, then each side (`undefined`: any number of rows). */
type Expected = [name: string, type: string, ...sides: (number | undefined)[]];

/** Opens the picture half: float32 planes [3, size, size] → one embedding. */
export async function openImageTower(model: Model, threads: number): Promise<Tower<Float32Array>> {
  const { image, embedding } = model.manifest;
  const session = await open(model, image.file, threads);
  const { size } = image;
  check(model, image.file, session.inputMetadata, [[image.input, 'float32', undefined, 3, size, size]]);
  check(model, image.file, session.outputMetadata, [[image.output, 'float32', undefined, embedding]]);
  return {
    async embed(planes) {
      const feeds = { [image.input]: new ort.Tensor('float32', planes, [1, 3, size, size]) };
      return unitVectors(await session.run(feeds, [image.output]), image.output, embedding);
    },
    close: () => session.release(),
  };
}

/** Opens the text half, tokenizer and all: texts → as many embeddings. */
export async function openTextTower(model: Model, threads: number): Promise<Tower<string[]>> {
  const { text, embedding } = model.manifest;
  const session = await open(model, text.file, threads);
  const { contextLength: length, attentionMask } = text;
  const masked = attentionMask !== undefined && session.inputNames.includes(attentionMask);
  const inputs = [text.input, ...(masked ? [attentionMask] : [])];
  const rows = inputs.map((name): Expected => [name, 'int64', undefined, length]);
  check(model, text.file, session.inputMetadata, rows);
  check(model, text.file, session.outputMetadata, [[text.output, 'float32', undefined, embedding]]);
  const tokenize = await openTokenizer(model);
  return {
    async embed(texts) {
      const { ids, mask, count } = tokenize(texts);
      const feeds: Record<string, ort.Tensor> = { [text.input]: new ort.Tensor('int64', ids, [count, length]) };
      if (masked) feeds[attentionMask] = new ort.Tensor('int64', mask, [count, length]);
      return unitVectors(await session.run(feeds, [text.output]), text.output, embedding);
    },
    close: () => session.release(),
  };
}

async function openTokenizer({ folder, manifest }: Model): Promise<Tokenize> {
  try {
    return await loadTokenizer(path.join(folder, manifest.text.tokenizer), manifest.text);
  } catch (cause) {
    throw unusable(manifest.id, manifest.text.tokenizer, 'it is no tokenizer that can be read', cause);
  }
}

async function open({ folder, manifest }: Model, file: string, threads: number): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(path.join(folder, file), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Threads that spin while they wait take the processor from Node, sharp and the neighbours.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw unusable(manifest.id, file, 'the graph cannot be opened', cause);
  }
}

/** A manifest that disagrees with its graph would otherwise fail on every request, in the engine's words. */
function check(
  { manifest }: Model,
  file: string,
  metadata: readonly ort.InferenceSession.ValueMetadata[],
  expected: Expected[],
): void {
  for (const [name, type, ...sides] of expected) {
    const value = metadata.find((entry) => entry.name === name);
    if (!value?.isTensor) {
      const names = metadata.map((entry) => entry.name).join(', ');
      throw unusable(manifest.id, file, `its manifest names "${name}", the graph has ${names}`);
    }
    const same = value.shape.length === sides.length && value.shape.every((side, i) => agrees(side, sides[i]));
    if (same && value.type === type) continue;
    const says = `${type}[${sides.map((side) => side ?? 'any').join(', ')}]`;
    const is = `${value.type}[${value.shape.map((side) => (typeof side === 'number' ? side : 'any')).join(', ')}]`;
    throw unusable(manifest.id, file, `its manifest says that "${name}" is ${says}, the graph says ${is}`);
  }
}

/** A named side takes any number; a fixed one must be the expected one, and rows must not be fixed. */
function agrees(side: number | string, expected: number | undefined): boolean {
  return typeof side === 'string' || side === expected;
}

function unusable(id: string, file: string, why: string, cause?: unknown) {
  return missing(`The file ${file} of the model "${id}" cannot be used: ${why}; install the model again.`, cause);
}

/** Rows of a graph's output, each brought to length 1. */
function unitVectors(outputs: ort.InferenceSession.ReturnType, name: string, width: number): Float32Array {
  const rows = outputs[name]?.data as Float32Array;
  for (let from = 0; from < rows.length; from += width) normaliseRow(rows.subarray(from, from + width));
  return rows;
}
