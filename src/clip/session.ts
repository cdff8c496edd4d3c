import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { checkGraph, type Expected, openGraph, unusable } from '#inference/onnx';
import type { Model } from './models.ts';
import { inputsOf, lotsOf } from './text-lots.ts';
import { loadTokenizer, type Tokenize } from './tokenizer.ts';
import { normaliseRow } from './vectors.ts';

/** One tower of a dual encoder, opened. */
interface Tower<Input, Output> {
  embed(input: Input): Promise<Output>;
  /** Frees its memory. */
  close(): Promise<void>;
}

/** From pixel planes of pictures to concatenated embeddings of length 1. */
export type ImageTower = Tower<Float32Array, Float32Array>;
export type TextTower = Tower<string[], TextRows>;

/** Embeddings of texts. */
export interface TextRows {
  /** Concatenated embeddings of length 1. */
  rows: Float32Array;
  /** Tokens of each text, including special ones. The model ignored those beyond its context length. */
  tokenCounts: number[];
}

/** Opens the image tower: float32 planes [pictures, 3, size, size] → one embedding per picture. */
export async function openImageTower(model: Model, threads: number): Promise<ImageTower> {
  const { image, embedding } = model.manifest;
  const session = await openGraph(model, image.file, { threads });
  const { size } = image;
  checkGraph(model, image.file, session.inputMetadata, [[image.input, 'float32', undefined, 3, size, size]]);
  checkGraph(model, image.file, session.outputMetadata, [[image.output, 'float32', undefined, embedding]]);
  return {
    async embed(planes) {
      const count = planes.length / (3 * size * size);
      const feeds = { [image.input]: new ort.Tensor('float32', planes, [count, 3, size, size]) };
      const rows = unitVectors(await session.run(feeds, [image.output]), image.output, embedding);
      if (rows.length === count * embedding) return rows;
      throw unusable(model, image.file, `for ${count} pictures it gives ${rows.length / embedding} embeddings`);
    },
    close: () => session.release(),
  };
}

/** Opens the text tower and its tokenizer: texts → one embedding per text. */
export async function openTextTower(model: Model, threads: number): Promise<TextTower> {
  const { text, embedding } = model.manifest;
  const session = await openGraph(model, text.file, { threads });
  const { contextLength, attentionMask, variableLength } = text;
  const masked = attentionMask !== undefined && session.inputNames.includes(attentionMask);
  const inputs = [text.input, ...(masked ? [attentionMask] : [])];
  const length = variableLength ? undefined : contextLength;
  const rows = inputs.map((name): Expected => [name, 'int64', undefined, length]);
  checkGraph(model, text.file, session.inputMetadata, rows);
  checkGraph(model, text.file, session.outputMetadata, [[text.output, 'float32', undefined, embedding]]);
  const tokenize = await openTokenizer(model);
  const run = async (tokens: number[][]) => {
    const { ids, mask, dims } = inputsOf(tokens, text);
    const feeds: Record<string, ort.Tensor> = { [text.input]: new ort.Tensor('int64', ids, dims) };
    if (masked) feeds[attentionMask] = new ort.Tensor('int64', mask, dims);
    return unitVectors(await session.run(feeds, [text.output]), text.output, embedding);
  };
  return {
    async embed(texts) {
      const { rows: tokens, lengths } = tokenize(texts);
      const rows = new Float32Array(texts.length * embedding);
      for (const places of lotsOf(tokens, text)) {
        const some = await run(places.map((place) => tokens[place] as number[]));
        for (const [i, place] of places.entries())
          rows.set(some.subarray(i * embedding, (i + 1) * embedding), place * embedding);
      }
      return { rows, tokenCounts: lengths };
    },
    close: () => session.release(),
  };
}

async function openTokenizer(model: Model): Promise<Tokenize> {
  const { text } = model.manifest;
  try {
    return await loadTokenizer(path.join(model.folder, text.tokenizer), text);
  } catch (cause) {
    throw unusable(model, text.tokenizer, 'it is no tokenizer that can be read', cause);
  }
}

/** The rows of a graph's output, scaled to length 1. */
function unitVectors(outputs: ort.InferenceSession.ReturnType, name: string, width: number): Float32Array {
  const rows = outputs[name]?.data as Float32Array;
  for (let from = 0; from < rows.length; from += width) normaliseRow(rows.subarray(from, from + width));
  return rows;
}
