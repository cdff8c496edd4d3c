import { type Classification, NONE_OF_THESE } from '#contract/classification';
import { TEXTS } from './texts.ts';
import { capital } from './words.ts';

const { results: words } = TEXTS;

/** An answer in words, in pieces: the label is what a reader looks for. Together they are a sentence. */
export interface Verdict {
  before: string;
  label: string;
  after: string;
}

/** "Tabby cat, quite sure", "Not sure; best guess: tabby cat" or "Probably none of these". */
export function verdictOn({ state, labels }: Pick<Classification, 'state' | 'labels'>): Verdict {
  const [best] = labels;
  if (!best || state === 'none') return { before: NONE_OF_THESE, label: '', after: '' };
  if (state === 'unsure') return { before: words.unsure, label: best.label, after: '' };
  return { before: '', label: capital(best.label), after: `, ${words.sure}` };
}

/** The same as one sentence. */
export function inWords(classification: Pick<Classification, 'state' | 'labels'>): string {
  const { before, label, after } = verdictOn(classification);
  return before + label + after;
}
