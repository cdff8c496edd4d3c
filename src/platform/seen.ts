/*
 * What clip-fn answers, as the functions and programs that ask it read it.
 */

/** One label of `POST clip-fn`. */
export interface SeenLabel {
  label: string;
  /** 0…1, softmax over all labels asked for. */
  score: number;
  /** Cosine between picture and label, −1…1. */
  cosine: number;
  /** The model never learned the words of this label. */
  unfamiliar?: boolean;
}

/** What is in one picture. */
export interface Seen {
  /** The model's id. */
  model: string;
  /** Best first. */
  labels: SeenLabel[];
  /** Nothing asked for is in the picture, as far as the model can tell. */
  unknown: boolean;
  /** A sentence for people, such as where a larger model comes from. */
  hint?: string;
  /** Milliseconds by stage. */
  timings?: Record<string, number>;
}

/** Answer of `GET clip-fn/labelsets`. */
export interface LabelSets {
  labelsets: { name: string; title: string; count: number; labels: string[] }[];
  /** The set used when a request names none. */
  default?: string;
}

/** Answer of `GET clip-fn/model`, as far as people are told. */
export interface ModelInUse {
  id: string;
  source: string;
  licence: string;
  /** Side of the square that the model sees, pixels. */
  imageSize: number;
  /** Word pieces of a label that it reads. */
  contextLength: number;
  minCosine: number;
  /** The model card, Markdown, where there is one. */
  card?: string;
}

/** Reads an answer of clip-fn. @returns `undefined` when it is something else */
export function readSeen(json: string): Seen | undefined {
  try {
    const seen = JSON.parse(json) as Seen;
    const fine = typeof seen.model === 'string' && Array.isArray(seen.labels) && seen.labels.every(isLabel);
    return fine ? { ...seen, unknown: seen.unknown === true } : undefined;
  } catch {
    return undefined;
  }
}

function isLabel(one: Partial<SeenLabel> | null): boolean {
  return typeof one?.label === 'string' && typeof one.score === 'number' && typeof one.cosine === 'number';
}
