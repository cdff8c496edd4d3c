import type { AnswerState } from '#contract/classification';
import type { Problem } from '#contract/problems';
import type { ExifRule } from './preprocess.ts';
import type { ScoredLabel } from './scoring.ts';

/* What a classifier is asked and what it answers. */

export interface ClassifierSettings {
  /** Folder that holds one folder a model. */
  modelsFolder: string;
  /** Which model; without it the best one that is there. */
  model?: string | undefined;
  /** The bundle of worker.ts, run as threads. */
  workerUrl: URL;
  /** Inference workers: 1 (the default) for the shortest answer, one a processor for the most answers. */
  workers?: number | undefined;
  /** Threads of one graph run; by default the processors, shared among the workers. */
  threads?: number | undefined;
  /** How many pictures that wait are run together, whatever the model's manifest says. */
  batchSize?: number | undefined;
  /** Folder with more label sets. */
  labelsets?: string | undefined;
  /** The label set for requests that name no labels. */
  defaultLabelset: string;
  /** Requests at once, running and waiting (64). */
  requests?: number | undefined;
  /** Milliseconds one request may take. */
  deadline?: number | undefined;
  /** Pixels that a picture's header may declare (50 million). */
  maxPixels?: number | undefined;
  /** Bytes of label embeddings that are kept (64 MiB). */
  cacheBytes?: number | undefined;
}

/** How a picture and the texts beside it are to be read. */
export interface ReadOptions {
  /** See `readPrompt`. */
  prompt?: string | readonly string[] | undefined;
  exif?: ExifRule | undefined;
  /** What transparency lies on, `#rrggbb` (white). */
  matte?: string | undefined;
}

/** A class that is known by pictures of it. */
export interface ExampleClass {
  label: string;
  /** Encoded pictures, or embeddings of pictures as this model gives them. */
  examples: readonly (Uint8Array | Float32Array)[];
}

/** A list, or the name of a label set. */
export type Labels = readonly string[] | { labelset: string };

export interface ClassifyOptions extends ReadOptions {
  /** Without them and without examples, the default set. */
  labels?: Labels | undefined;
  /** Classes by example. Where there are labels, too, these are the classes' names, and count as words. */
  examples?: readonly ExampleClass[] | undefined;
  top?: number | undefined;
  /** Below this cosine the state is none; the model's own rules by default, 0 turns them off. */
  minCosine?: number | undefined;
}

export interface Call {
  signal?: AbortSignal | undefined;
}

/** Milliseconds by stage. */
export type Timings = Record<string, number>;

export interface FoundLabel extends ScoredLabel {
  /** The model never learned a word of this label: its score means little. */
  unfamiliar?: true;
  /** The label is longer than the model reads, its prompt included: its end does not count. */
  truncated?: true;
}

/** Texts that were cut at the model's context length. */
export interface Truncation {
  /** Tokens that the model reads, special ones included. */
  contextLength: number;
  /** Each with the tokens that it has in its prompt. */
  texts: { text: string; tokens: number }[];
}

/** What is in one picture. */
export interface PictureLabels {
  /** The best labels, best first. */
  labels: FoundLabel[];
  state: AnswerState;
  /** The state is none. */
  unknown: boolean;
  timings: Timings;
}

/** An answer about each of several pictures, in order; a damaged one has what is wrong with it. */
export interface Batch<Each> {
  /** The model's id. */
  model: string;
  pictures: (Each | Problem)[];
  /** Milliseconds of what was done once for all pictures. */
  timings: Timings;
}

export interface BatchLabels extends Batch<PictureLabels> {
  /** Words in any of the given labels that the model never learned. */
  unfamiliarWords: string[];
  /** Which of the given labels were cut. */
  truncation: Truncation;
  /** A better model that could be installed. */
  larger?: string | undefined;
}

export interface PictureEmbedding {
  /** Of length 1. */
  vector: Float32Array;
  timings: Timings;
}

export interface PictureRank {
  /** Share among the given pictures: softmax of logit scale × cosine. */
  score: number;
  cosine: number;
  timings: Timings;
}

export interface BatchRanks extends Batch<PictureRank> {
  /** Places of the pictures that could be read, the one most like the text first. */
  order: number[];
  /** Whether the text was cut. */
  truncation: Truncation;
}

export interface TextEmbeddings {
  model: string;
  /** One a text, each of length 1. */
  vectors: Float32Array[];
  truncation: Truncation;
  timings: Timings;
}
