import { TEXTS } from '../texts.ts';
import { type Answer, PageError } from './api.ts';
import type { DarkroomEditor } from './darkroom-editor.ts';
import { el } from './dom.ts';
import { chainText, type Step } from './operations.ts';
import type { Change } from './option-fields.ts';
import { paced } from './paced.ts';
import { failed, isOld } from './page-error.ts';
import type { Picture } from './picture.ts';
import type { Preview } from './preview.ts';
import { postPicture } from './upload.ts';

const { darkroom: words } = TEXTS;

/** Milliseconds in which somebody who types writes the next figure. */
const TYPING = 250;

/** Asks for what is chosen whenever that is something else. @param picture nothing while there is nothing to ask for */
export function follower(made: Preview, chosen: DarkroomEditor, picture: () => Picture | undefined) {
  /** What was asked for last. */
  let asked = '';
  const work = paced(async (signal) => {
    const source = picture();
    if (!source) return;
    asked = chosen.key();
    const isFine = await whileBusy(made, () => show(made, source, { ...chosen.read(), signal }), again);
    if (!isFine) asked = '';
  });
  const again = (): void => work.again();
  return {
    again,
    changed(change: Change) {
      // Letting a slider go is no news.
      if (asked === '' || chosen.key() !== asked) work.again(change === 'typing' ? TYPING : 0);
    },
    stop() {
      work.stop();
      asked = '';
      made.busy(false);
    },
  };
}

interface Development {
  query: Record<string, string>;
  steps: Step[];
  signal: AbortSignal;
}

/** Shows what the steps make of a picture; the picture as it is where there are none. */
async function show(made: Preview, picture: Picture, { query, steps, signal }: Development): Promise<void> {
  if (query.chain === '') return made.blank(picture, words.empty);
  const answer = await develop(picture, formOf(query, steps), signal, () =>
    made.note(el('p', { role: 'status' }, words.starting)),
  );
  if (!signal.aborted) await made.show(picture, steps, answer);
}

/** The address of a picture after some steps. */
export async function pictureAfter(picture: Picture, steps: Step[]): Promise<string> {
  if (steps.length === 0) return picture.src;
  const { signal } = new AbortController();
  const { body } = await develop(picture, formOf({ chain: chainText(steps) }, steps), signal, () => undefined);
  return URL.createObjectURL(body);
}

/** Shows that something is under way, and then what went wrong, if anything did. @returns whether nothing did */
async function whileBusy(made: Preview, work: () => Promise<void>, retry: () => void): Promise<boolean> {
  made.busy(true);
  try {
    await work();
  } catch (error) {
    if (isOld(error)) return false;
    made.note(failed(unfinished(error), retry));
    made.busy(false);
    return false;
  }
  made.busy(false);
  return true;
}

/** Options that do not go together yet, such as a resize without a size, are no failure: the person is not done. */
function unfinished(error: unknown): unknown {
  const isOption = error instanceof PageError && error.code === 'option-invalid';
  return isOption ? new PageError(error.message, 'not-yet') : error;
}

function formOf(query: Record<string, string>, steps: Step[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(query)) form.append(name, value);
  const second = steps.find(({ file }) => file)?.file;
  if (second) form.append('watermark', second);
  return form;
}

function develop(picture: Picture, form: FormData, signal: AbortSignal, onSlow: () => void): Promise<Answer> {
  // Some operations tell something of the picture in place of making another.
  return postPicture('transform', form, picture, { accept: 'image/*, application/json;q=0.5', signal, onSlow });
}
