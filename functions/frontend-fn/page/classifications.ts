import { type Classification, judged } from '#contract/classification';
import { Aborted, type Answer, jsonOf, latest, PageError, post, type Sending, stagesOf } from './api.ts';
import { base64 } from './embeddings.ts';
import type { Examples } from './example-classes.ts';
import type { LabelChoice } from './label-choice.ts';
import { isOld } from './page-error.ts';
import type { Picture } from './picture.ts';
import { type Smaller, smaller } from './smaller.ts';
import { turns } from './turns.ts';
import { postPicture } from './upload.ts';

/** What is known of one picture. */
export interface ClassificationState {
  /** The last answer; it stays until the next one is there. */
  found?: Found;
  /** An answer is being waited for. */
  busy?: { share: number; slow: boolean };
  error?: PageError;
}

export interface Found {
  classification: Classification;
  /** Milliseconds inside the function, and altogether. */
  inside: number | undefined;
  durationMs: number;
  /** What was sent in place of the whole picture. */
  sent: Smaller | undefined;
}

export interface Classifications {
  of(picture: Picture): ClassificationState;
  /** Asks what is in a picture; a look under way is given up. */
  classify(picture: Picture): void;
  forget(picture: Picture): void;
}

/** Pictures that are sent at once. */
const AT_ONCE = 3;

interface Entry {
  state: ClassificationState;
  next: () => AbortSignal;
  sent?: Promise<Smaller | undefined>;
}

/** Asks clip-fn about pictures, a few at once, and keeps what came back. @param onChange told of every change */
export function classifications(
  choice: LabelChoice,
  onChange: (picture: Picture, state: ClassificationState) => void,
): Classifications {
  const entries = new Map<Picture, Entry>();
  const turn = turns(AT_ONCE);
  const entryOf = (picture: Picture): Entry => {
    const entry: Entry = entries.get(picture) ?? { state: {}, next: latest() };
    entries.set(picture, entry);
    return entry;
  };
  const classify = async (picture: Picture): Promise<void> => {
    const entry = entryOf(picture);
    const signal = entry.next();
    const change = (next: ClassificationState): void => {
      if (signal.aborted) return;
      entry.state = next;
      onChange(picture, next);
    };
    const { found } = entry.state;
    const busy = (share: number, slow = false): void => change({ ...(found && { found }), busy: { share, slow } });
    busy(0);
    const listeners = { onUpload: (share: number) => busy(share), onSlow: () => busy(1, true) };
    try {
      const how = { accept: 'application/json', signal, ...listeners };
      change({ found: await turn(() => ask(picture, entry, choice, how)) });
    } catch (error) {
      if (!isOld(error)) change(failure(error, found));
    }
  };
  return {
    of: (picture) => entries.get(picture)?.state ?? {},
    classify: (picture) => void classify(picture),
    forget(picture) {
      entries.get(picture)?.next();
      entries.delete(picture);
    },
  };
}

/** Sends a picture with what is looked for in it. @throws PageError in words, Aborted */
async function ask(picture: Picture, entry: Entry, choice: LabelChoice, how: Sending): Promise<Found> {
  if (how.signal.aborted) throw new Aborted();
  // Only now: a large photo takes 50 MB while it is made smaller.
  entry.sent ??= smaller(picture.blob);
  const sent = await entry.sent;
  const upload = { blob: sent?.blob ?? picture.blob, name: picture.name };
  const examples = choice.examples();
  const answer = examples
    ? await post('classify-by-example', await byExample(upload.blob, examples), how)
    : await postPicture('classify', formOf(choice), upload, how);
  return readAnswer(answer, sent);
}

/** A picture and what it is compared with, as JSON. */
async function byExample(blob: Blob, examples: Examples): Promise<Blob> {
  const image = base64(new Uint8Array(await blob.arrayBuffer()));
  return new Blob([JSON.stringify({ image, examples })], { type: 'application/json' });
}

function formOf(choice: LabelChoice): FormData {
  const form = new FormData();
  choice.addTo(form);
  return form;
}

/** The last answer stays where only an option is not finished yet. */
function failure(cause: unknown, found: Found | undefined): ClassificationState {
  const error = cause instanceof PageError ? cause : new PageError(String(cause), 'wrong-answer');
  return { ...(error.notYet && found && { found }), error };
}

async function readAnswer(answer: Answer, sent: Smaller | undefined): Promise<Found> {
  const isClassification = ({ labels, model }: Partial<Classification>): boolean =>
    Array.isArray(labels) && typeof model === 'string';
  const said = await jsonOf<Classification>(answer.body, isClassification);
  const classification = { ...said, ...judged(said) };
  const stages = stagesOf(answer.header('server-timing'));
  // Some stages run at the same time: together they may come to more than all of it took.
  const sum = stages.reduce((so, [, ms]) => so + ms, 0);
  const inside = stages.length > 0 ? Math.min(sum, answer.durationMs) : undefined;
  return { classification, inside, durationMs: answer.durationMs, sent };
}
