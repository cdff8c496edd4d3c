import * as z from 'zod';
import { commonManifest, fileName, type ModelKind, parseManifest as parse } from '#inference/models';
import { confidenceSpec } from './confidence.ts';

const graphName = z.string().min(1).max(100);
const three = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();

/**
 * How many pictures, or texts, may be run together (1). Only for a graph that says the same of each in any batch: one
 * that quantises while it runs (DynamicQuantizeLinear) does so by the range of all values of a run, and does not.
 */
const together = z.int().min(1).max(64).default(1);

const imageSpec = z.strictObject({
  file: fileName,
  /** Names of the graph's input (float32 [batch, 3, size, size]) and output (float32 [batch, embedding]). */
  input: graphName,
  output: graphName,
  /** Pixels on each side. */
  size: z.int().min(16).max(1024),
  mean: three,
  std: z.tuple([positive, positive, positive]),
  interpolation: z.literal('bicubic'),
  crop: z.literal('center'),
  quantisation: z.string().max(40),
  together,
});

const textSpec = z.strictObject({
  file: fileName,
  /** Names of the graph's input (int64 [batch, contextLength]) and output (float32 [batch, embedding]). */
  input: graphName,
  output: graphName,
  /** Name of a second int64 input of the same shape: 1 for a token, 0 for padding. Fed where the graph has it. */
  attentionMask: graphName.optional(),
  contextLength: z.int().min(4).max(1024),
  tokenizer: fileName,
  padId: z.int().min(0),
  quantisation: z.string().max(40),
  together,
});

/** The manifest of a model that puts pictures and texts into one space. */
export const clipManifest = z.strictObject({
  ...commonManifest.shape,
  kind: z.literal('clip'),
  image: imageSpec,
  text: textSpec,
  /** Width of both embeddings. */
  embedding: z.int().min(1).max(8192),
  /** What cosines are multiplied with before softmax. */
  logitScale: positive.max(1000),
  /**
   * Below this cosine the best label counts as none, in a model without `confidence`, unless the caller says otherwise.
   */
  minCosine: z.number().min(-1).max(1),
  /** When an answer is sure and when it is none, by how many labels are on offer. */
  confidence: confidenceSpec.optional(),
  /** The words that the model was trained on, one a line; labels with others are flagged. */
  vocabulary: fileName.optional(),
});

export type ClipManifest = z.output<typeof clipManifest>;
export type ImageSpec = ClipManifest['image'];
export type TextSpec = ClipManifest['text'];

/** Every file that the model cannot do without: each must have a size and a hash in `files`. */
export function requiredFiles({ image, text, vocabulary }: ClipManifest): string[] {
  return [...new Set([image.file, text.file, text.tokenizer, ...(vocabulary ? [vocabulary] : [])])];
}

/** What somebody fetched is better than what comes along; then the larger input, then the wider embedding. */
export const CLIP_MODELS: ModelKind<ClipManifest> = {
  kind: 'clip',
  schema: clipManifest,
  requiredFiles,
  rank: ({ download, image, embedding }) => (download ? 1e9 : 0) + image.size * 10_000 + embedding,
};

/** @returns the manifest, or in words what is wrong with it */
export const parseManifest = (text: string): ClipManifest | string => parse(text, CLIP_MODELS);
