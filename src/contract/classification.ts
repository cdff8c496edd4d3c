/*
 * What clip-fn answers, as the functions and programs that ask it read it.
 */

/** One label of `POST clip-fn`. */
export interface LabelScore {
  label: string;
  /** 0…1, softmax over all labels asked for. */
  score: number;
  /** Cosine between picture and label, −1…1. */
  cosine: number;
  /** The model never learned the words of this label. */
  unfamiliar?: boolean;
  /** The label is longer than the model reads: its end is ignored. */
  truncated?: boolean;
}

/** How sure an answer is of its best label: it is that; it may be; probably none of the labels is in the picture. */
export type AnswerState = 'sure' | 'unsure' | 'none';

const STATES: readonly string[] = ['sure', 'unsure', 'none'] satisfies AnswerState[];

/** What is in one picture. */
export interface Classification {
  /** The model's id. */
  model: string;
  /** Best first. */
  labels: LabelScore[];
  state: AnswerState;
  /** The state is none. */
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
  title?: string;
  version?: string;
  source: string;
  licence: string;
  /** Side of the square that the model sees, pixels. */
  imageSize: number;
  /** Word pieces of a label that it reads. */
  contextLength: number;
  /** Length of a vector. */
  embedding?: number;
  /** Of each graph: `{"image": "int8"}`. */
  quantisation?: Record<string, string>;
  minCosine: number;
  /** The model judges by score and cosine, and by how many labels there are. */
  confidence?: unknown[];
  /** The model card, Markdown, where there is one. */
  card?: string;
}

/** Reads an answer of clip-fn. @returns `undefined` when it is something else */
export function parseClassification(json: string): Classification | undefined {
  try {
    const classification = JSON.parse(json) as Classification;
    const fine =
      typeof classification.model === 'string' &&
      Array.isArray(classification.labels) &&
      classification.labels.every(isLabel);
    return fine ? { ...classification, ...judged(classification) } : undefined;
  } catch {
    return undefined;
  }
}

/** How sure an answer is; one of an older clip-fn tells only whether it is none. */
export function judged({ state, unknown }: { state?: string | undefined; unknown?: boolean | undefined }) {
  const known = STATES.includes(state ?? '') ? (state as AnswerState) : unknown === true ? 'none' : 'sure';
  return { state: known, unknown: known === 'none' };
}

/* The three answers in words: the same at a terminal, in a table and on the page. */

/** Above labels of which the model is not sure; of a sure answer nothing needs to be said. */
export function verdictOf({ state, labels }: Pick<Classification, 'state' | 'labels'>): string | undefined {
  const [best] = labels;
  if (state === 'sure' || !best) return undefined;
  return state === 'unsure' ? `Not sure; best guess: ${best.label}` : NONE_OF_THESE;
}

export const NONE_OF_THESE = 'Probably none of these';

/** What stands beside a label that is to be taken with care. */
export function remarkOn({ unfamiliar, truncated }: Pick<LabelScore, 'unfamiliar' | 'truncated'>): string | undefined {
  const remarks = [...(unfamiliar ? ['unfamiliar word'] : []), ...(truncated ? ['too long'] : [])];
  return remarks.length > 0 ? remarks.join(', ') : undefined;
}

/** A label and, in brackets, what is to be said of it. */
export function remarked(found: Pick<LabelScore, 'label' | 'unfamiliar' | 'truncated'>): string {
  const remark = remarkOn(found);
  return remark === undefined ? found.label : `${found.label} (${remark})`;
}

/** An answer in one line: the label, a guess, or none. @param share of the best label, in words */
export function inOneLine(
  { state, labels }: Pick<Classification, 'state' | 'labels'>,
  share: (score: number) => string,
): string {
  const [best] = labels;
  if (!best || state === 'none') return NONE_OF_THESE;
  const summary = `${best.label}, ${share(best.score)}`;
  return state === 'unsure' ? `Not sure; best guess: ${summary}` : summary;
}

function isLabel(one: Partial<LabelScore> | null): boolean {
  return typeof one?.label === 'string' && typeof one.score === 'number' && typeof one.cosine === 'number';
}
