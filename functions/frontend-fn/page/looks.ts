import { judged, type Seen } from '#platform/seen';
import { type Answer, jsonOf, latest, post, stagesOf, Trouble } from './api.ts';
import type { LabelChoice } from './label-choice.ts';
import type { Picture } from './picture.ts';
import { type Smaller, smaller } from './smaller.ts';
import { isOld } from './trouble.ts';

/** What is known of one picture. */
export interface Look {
  /** The last answer; it stays until the next one is there. */
  found?: Found;
  /** An answer is being waited for. */
  busy?: { share: number; slow: boolean };
  error?: Trouble;
}

export interface Found {
  seen: Seen;
  /** Milliseconds inside the function, and altogether. */
  inside: number | undefined;
  took: number;
  /** What was sent in place of the whole picture. */
  sent: Smaller | undefined;
}

export interface Looks {
  of(picture: Picture): Look;
  /** Asks what is in a picture; a look under way is given up. */
  look(picture: Picture): void;
  forget(picture: Picture): void;
}

/** Pictures that are sent at once. */
const AT_ONCE = 3;

interface Entry {
  look: Look;
  next: () => AbortSignal;
  sent: Promise<Smaller | undefined>;
}

/** Asks clip-fn about pictures, a few at once, and keeps what came back. @param onChange told of every change */
export function looks(choice: LabelChoice, onChange: (picture: Picture, look: Look) => void): Looks {
  const entries = new Map<Picture, Entry>();
  const turn = turns(AT_ONCE);
  const entryOf = (picture: Picture): Entry => {
    const known = entries.get(picture);
    if (known) return known;
    const fresh: Entry = { look: {}, next: latest(), sent: smaller(picture.blob) };
    entries.set(picture, fresh);
    return fresh;
  };
  const look = async (picture: Picture): Promise<void> => {
    const entry = entryOf(picture);
    const signal = entry.next();
    const change = (next: Look): void => {
      if (signal.aborted) return;
      entry.look = next;
      onChange(picture, next);
    };
    const { found } = entry.look;
    const busy = (share: number, slow = false): void => change({ ...(found && { found }), busy: { share, slow } });
    busy(0);
    try {
      const sent = await entry.sent;
      const ask = (): Promise<Answer> => {
        const form = new FormData();
        choice.addTo(form);
        form.append('image', sent?.blob ?? picture.blob, picture.name);
        const said = { onUpload: (share: number) => busy(share), onSlow: () => busy(1, true) };
        return post('classify', form, { accept: 'application/json', signal, ...said });
      };
      change({ found: await readAnswer(await turn(ask), sent) });
    } catch (error) {
      if (isOld(error)) return;
      const trouble = error instanceof Trouble ? error : new Trouble(String(error), 'wrong-answer');
      change({ ...(trouble.notYet && found && { found }), error: trouble });
    }
  };
  return {
    of: (picture) => entries.get(picture)?.look ?? {},
    look: (picture) => void look(picture),
    forget(picture) {
      entries.get(picture)?.next();
      entries.delete(picture);
    },
  };
}

async function readAnswer(answer: Answer, sent: Smaller | undefined): Promise<Found> {
  const isSeen = ({ labels, model }: Partial<Seen>): boolean => Array.isArray(labels) && typeof model === 'string';
  const said = await jsonOf<Seen>(answer.body, isSeen);
  const seen = { ...said, ...judged(said) };
  const stages = stagesOf(answer.header('server-timing'));
  // Some stages run at the same time: together they may come to more than all of it took.
  const sum = stages.reduce((so, [, ms]) => so + ms, 0);
  const inside = stages.length > 0 ? Math.min(sum, answer.took) : undefined;
  return { seen, inside, took: answer.took, sent };
}

/** Lets a few pieces of work run at once; the others wait for their turn. */
function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
