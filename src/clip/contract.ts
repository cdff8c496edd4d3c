import type { AnswerState } from '#contract/classification';
import type { Problem } from '#contract/problems';
import type { ExifRule } from './preprocess.ts';
import type { ScoredLabel } from './scoring.ts';

/* Requests to a classifier, and its answers. */

export interface ClassifierSettings {
  /** Folder with one folder per model. */
  modelsFolder: string;
  /** The model's id; by default the best installed model. */
  model?: string | undefined;
  /** The bundle of worker.ts, which runs in threads. */
  workerUrl: URL;
  /** Inference workers. 1 (the default) gives the lowest latency, one per processor the highest throughput. */
  workers?: number | undefined;
  /** Threads per graph run; by default the processors divided by the workers. */
  threads?: number | undefined;
  /** Pictures per batch; overrides the model's manifest. */
  batchSize?: number | undefined;
  /** Folder with additional label sets. */
  labelsets?: string | undefined;
  /** The label set for requests that name no labels. */
  defaultLabelset: string;
  /** Most requests in progress, running or waiting (64). */
  requests?: number | undefined;
  /** Time limit of one request, in milliseconds. */
  deadline?: number | undefined;
  /** Most pixels that a header may declare (50 million). */
  maxPixels?: number | undefined;
  /** Most bytes of cached label embeddings (64 MiB). */
  cacheBytes?: number | undefined;
}

/** How to read a picture and the texts sent with it. */
export interface ReadOptions {
  /** See `readPrompt`. */
  prompt?: string | readonly string[] | undefined;
  exif?: ExifRule | undefined;
  /** Background for transparent pixels, `#rrggbb` (white). */
  matte?: string | undefined;
}

/** A class that is defined by pictures. */
export interface ExampleClass {
  label: string;
  /** Encoded pictures, or picture embeddings of the same model. */
  examples: readonly (Uint8Array | Float32Array)[];
}

/** A list, or the name of a label set. */
export type Labels = readonly string[] | { labelset: string };

export interface ClassifyOptions extends ReadOptions {
  /** Without labels and examples, the default set. */
  labels?: Labels | undefined;
  /** Classes by example. If labels are given as well, they are the names of these classes and are embedded too. */
  examples?: readonly ExampleClass[] | undefined;
  top?: number | undefined;
  /** Below this cosine the state is `none`. By default the model's rules apply; 0 disables them. */
  minCosine?: number | undefined;
}

export interface Call {
  signal?: AbortSignal | undefined;
}

/** Milliseconds by stage. */
export type Timings = Record<string, number>;

export interface FoundLabel extends ScoredLabel {
  /** The model never saw a word of this label, so its score means little. */
  unfamiliar?: true;
  /** With its prompt, the label exceeds the context length; the rest of it is ignored. */
  truncated?: true;
}

/** Texts that were truncated to the model's context length. */
export interface Truncation {
  /** In tokens, including special ones. */
  contextLength: number;
  /** Each with its number of tokens, prompt included. */
  texts: { text: string; tokens: number }[];
}

/** The classification of one picture. */
export interface PictureLabels {
  /** The top labels, best first. */
  labels: FoundLabel[];
  state: AnswerState;
  /** Whether the state is `none`. */
  unknown: boolean;
  timings: Timings;
}

/** One result per picture, in order; for a damaged picture, its problem. */
export interface Batch<Each> {
  /** The model's id. */
  model: string;
  pictures: (Each | Problem)[];
  /** Time spent once for all pictures, in milliseconds. */
  timings: Timings;
}

export interface BatchLabels extends Batch<PictureLabels> {
  /** Words in the labels that the model never saw. */
  unfamiliarWords: string[];
  /** Labels that were truncated. */
  truncation: Truncation;
  /** The id of a better model that could be installed. */
  larger?: string | undefined;
}

export interface PictureEmbedding {
  /** Of length 1. */
  vector: Float32Array;
  timings: Timings;
}

export interface PictureRank {
  /** Share among the pictures: softmax of logit scale × cosine. */
  score: number;
  cosine: number;
  timings: Timings;
}

export interface BatchRanks extends Batch<PictureRank> {
  /** Indexes of the readable pictures, most similar first. */
  order: number[];
  /** Whether the text was truncated. */
  truncation: Truncation;
}

export interface TextEmbeddings {
  model: string;
  /** One per text, of length 1. */
  vectors: Float32Array[];
  truncation: Truncation;
  timings: Timings;
}
