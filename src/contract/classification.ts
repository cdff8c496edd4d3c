/*
 * Answers of clip-fn, for the functions and programs that call it.
 */

/** One label of `POST clip-fn`. */
export interface LabelScore {
  label: string;
  /** 0…1, softmax over all requested labels. */
  score: number;
  /** Cosine between picture and label, −1…1. */
  cosine: number;
  /** The model never learned the words of this label. */
  unfamiliar?: boolean;
  /** The label is longer than the model's context: its end is ignored. */
  truncated?: boolean;
}

/** How sure an answer is of its best label: sure, not sure, or probably none of the labels. */
export type AnswerState = 'sure' | 'unsure' | 'none';

const STATES: readonly string[] = ['sure', 'unsure', 'none'] satisfies AnswerState[];

/** The labels of one picture. */
export interface Classification {
  /** The model's id. */
  model: string;
  /** Best first. */
  labels: LabelScore[];
  state: AnswerState;
  /** The state is none. */
  unknown: boolean;
  /** A message for people, such as how to install a larger model. */
  hint?: string;
  /** Milliseconds by stage. */
  timings?: Record<string, number>;
}

/** Answer of `GET clip-fn/labelsets`. */
export interface LabelSets {
  labelsets: { name: string; title: string; count: number; labels: string[] }[];
  /** The set for requests without labels. */
  default?: string;
}

/** The parts of the answer of `GET clip-fn/model` that are shown to people. */
export interface ModelInUse {
  id: string;
  title?: string;
  version?: string;
  source: string;
  licence: string;
  /** Side of the model's square input, in pixels. */
  imageSize: number;
  /** Tokens of a label that it reads. */
  contextLength: number;
  /** Length of an embedding. */
  embedding?: number;
  /** By graph: `{"image": "int8"}`. */
  quantisation?: Record<string, string>;
  minCosine: number;
  /** The model has thresholds by score, cosine and number of labels. */
  confidence?: unknown[];
  /** The model card in Markdown, if there is one. */
  card?: string;
}

/** Parses an answer of clip-fn. @returns `undefined` for anything else */
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

/** How sure an answer is; an older clip-fn tells only whether it is none. */
export function judged({ state, unknown }: { state?: string | undefined; unknown?: boolean | undefined }) {
  const known = STATES.includes(state ?? '') ? (state as AnswerState) : unknown === true ? 'none' : 'sure';
  return { state: known, unknown: known === 'none' };
}

/* The three states in words, for terminals, tables and the page. */

/** The line above the labels of an answer that is not sure; none for a sure one. */
export function verdictOf({ state, labels }: Pick<Classification, 'state' | 'labels'>): string | undefined {
  const [best] = labels;
  if (state === 'sure' || !best) return undefined;
  return state === 'unsure' ? `Not sure; best guess: ${best.label}` : NONE_OF_THESE;
}

export const NONE_OF_THESE = 'Probably none of these';

/** The remark on a label that is unreliable. */
export function remarkOn({ unfamiliar, truncated }: Pick<LabelScore, 'unfamiliar' | 'truncated'>): string | undefined {
  const remarks = [...(unfamiliar ? ['unfamiliar word'] : []), ...(truncated ? ['too long'] : [])];
  return remarks.length > 0 ? remarks.join(', ') : undefined;
}

/** A label with its remark in brackets. */
export function remarked(found: Pick<LabelScore, 'label' | 'unfamiliar' | 'truncated'>): string {
  const remark = remarkOn(found);
  return remark === undefined ? found.label : `${found.label} (${remark})`;
}

/** An answer in one line: the label, a guess, or none. @param share the best label's share, in words */
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
