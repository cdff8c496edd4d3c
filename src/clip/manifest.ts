import * as z from 'zod';
import { commonManifest, fileName, type ModelKind, parseManifest as parse } from '#inference/models';
import { confidenceSpec } from './confidence.ts';

const graphName = z.string().min(1).max(100);
const three = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();

/**
 * Most pictures or texts per run (1). More than 1 only for a graph whose result for each does not depend on the rest
 * of the batch. A graph that quantises dynamically (DynamicQuantizeLinear) scales by the range of the whole run, so
 * its results do.
 */
const together = z.int().min(1).max(64).default(1);

const imageSpec = z.strictObject({
  file: fileName,
  /** Names of the graph's input (float32 [batch, 3, size, size]) and output (float32 [batch, embedding]). */
  input: graphName,
  output: graphName,
  /** Side of the square input, in pixels. */
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
  /** Name of a second int64 input of the same shape: 1 for a token, 0 for padding. Used only if the graph has it. */
  attentionMask: graphName.optional(),
  contextLength: z.int().min(4).max(1024),
  tokenizer: fileName,
  padId: z.int().min(0),
  /**
   * The graph takes texts of any length, and padding changes no result: each text is run at its own length. True of
   * causal towers that read the end-of-text token.
   */
  variableLength: z.boolean().optional(),
  quantisation: z.string().max(40),
  together,
});

/** The manifest of a model that embeds pictures and texts in one space. */
export const clipManifest = z.strictObject({
  ...commonManifest.shape,
  kind: z.literal('clip'),
  image: imageSpec,
  text: textSpec,
  /** Length of both embeddings. */
  embedding: z.int().min(1).max(8192),
  /** Factor on cosines before the softmax. */
  logitScale: positive.max(1000),
  /**
   * Below this cosine the best label counts as `none`, in a model without `confidence`, unless the caller overrides
   * it.
   */
  minCosine: z.number().min(-1).max(1),
  /** Thresholds for sure and none, by number of labels. */
  confidence: confidenceSpec.optional(),
  /** The words of the training texts, one per line; labels with other words are flagged. */
  vocabulary: fileName.optional(),
});

export type ClipManifest = z.output<typeof clipManifest>;
export type ImageSpec = ClipManifest['image'];
export type TextSpec = ClipManifest['text'];

/** The files that the model needs. Each must have a size and a hash in `files`. */
export function requiredFiles({ image, text, vocabulary }: ClipManifest): string[] {
  return [...new Set([image.file, text.file, text.tokenizer, ...(vocabulary ? [vocabulary] : [])])];
}

/** A downloaded model ranks above a bundled one; then the larger input, then the longer embedding. */
export const CLIP_MODELS: ModelKind<ClipManifest> = {
  kind: 'clip',
  schema: clipManifest,
  requiredFiles,
  rank: ({ download, image, embedding }) => (download ? 1e9 : 0) + image.size * 10_000 + embedding,
};

/** @returns the manifest, or a sentence that says what is wrong with it */
export const parseManifest = (text: string): ClipManifest | string => parse(text, CLIP_MODELS);
