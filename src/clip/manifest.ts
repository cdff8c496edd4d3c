import * as z from 'zod';

/** A file beside its manifest: a plain name, never a path. */
const fileName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a plain file name');
const graphName = z.string().min(1).max(100);
const three = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();

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
});

/** What every `models/<id>/manifest.json` says, whatever the model does. */
export const commonManifest = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'must be lower case letters, digits, dots and dashes'),
  title: z.string().min(1).max(200),
  kind: z.string().min(1).max(40),
  version: z.string().min(1).max(60),
  source: z.string().min(1).max(500),
  licence: z.string().min(1).max(500),
  /** The model card. */
  card: fileName.optional(),
  /** Where a model that does not come along is fetched from: a repository on the Hugging Face hub, at a commit. */
  download: z
    .strictObject({
      repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be OWNER/NAME'),
      revision: z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit'),
    })
    .optional(),
  files: z.record(
    fileName,
    z.strictObject({
      bytes: z.int().min(1),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
      /** Its path in the repository it is fetched from, where that is another one. */
      from: z
        .string()
        .regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*){0,5}$/, 'must be a plain path')
        .optional(),
    }),
  ),
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
  /** Below this cosine the best label counts as unknown, unless the caller says otherwise. */
  minCosine: z.number().min(-1).max(1),
  /** The words that the model was trained on, one a line; labels with others are flagged. */
  vocabulary: fileName.optional(),
});

export type ClipManifest = z.output<typeof clipManifest>;
export type ImageSpec = ClipManifest['image'];
export type TextSpec = ClipManifest['text'];

/** Every file that the model cannot do without: each must have a size and a hash in `files`. */
export function requiredFiles(manifest: ClipManifest): string[] {
  const { image, text, vocabulary } = manifest;
  return [...new Set([image.file, text.file, text.tokenizer, ...(vocabulary ? [vocabulary] : [])])];
}

/**
 * Reads a manifest strictly: an unknown or missing member is an error, for a misspelt one would silently cost accuracy.
 * @returns the manifest, or in words what is wrong with it
 */
export function parseManifest(text: string): ClipManifest | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not valid JSON';
  }
  const result = clipManifest.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    return `${issue?.path.join('.') || 'it'}: ${issue?.message}`;
  }
  const unhashed = requiredFiles(result.data).find((name) => !(name in result.data.files));
  return unhashed ? `files does not list ${unhashed}` : result.data;
}
