import { TEXTS } from '../texts.ts';
import type { Answer } from './api.ts';
import { copyAs } from './copy-as.ts';
import { cropping } from './cropping.ts';
import { type DarkroomEditor, darkroomEditor } from './darkroom-editor.ts';
import { byId, el } from './dom.ts';
import { chainText, type Step } from './operations.ts';
import type { Change } from './option-fields.ts';
import { paced } from './paced.ts';
import { failed, isOld } from './page-error.ts';
import type { Picture } from './picture.ts';
import { type Preview, preview } from './preview.ts';
import { postPicture } from './upload.ts';

const { darkroom: words } = TEXTS;

export interface Darkroom {
  /** Works on a picture from now on. */
  take(picture: Picture | undefined): void;
  /** What it begins with was made already: shown, as long as nobody has chosen anything else. */
  begin(picture: Picture, step: Step, answer: Answer): void;
  /** Begins anew with one step; its answer, where there is one already, is not asked for again. */
  open(picture: Picture, step: Step, answer?: Answer): void;
  /** The chain as text, such as a URL may hold; nothing as long as nobody has chosen anything. */
  chain(): string | undefined;
  /** Begins anew with such a chain. */
  setChain(text: string): void;
}

/** It changes no shape, so that before and after lie over each other. */
const BEGINNING = 'grayscale';
/** Milliseconds in which somebody who types writes the next figure. */
const TYPING = 250;

/**
 * A chain of operations on one picture: before and after, how large, how long, and how to do it elsewhere.
 * @param onChain the chain is another one
 */
export function darkroom(onChain: () => void = () => undefined): Darkroom {
  let current: Picture | undefined;
  // Until a person touches it, the darkroom shows a copy that is made anyway.
  let untouched = true;
  const made = preview();
  const crop = cropping({
    made,
    steps: () => chosen.read().steps,
    before: async (steps) => current && pictureAfter(current, steps),
    onOpen: () => follow.stop(),
    onDone: () => follow.again(),
  });
  const chosen = darkroomEditor(BEGINNING, crop.tools, (change) => {
    untouched = false;
    if (change === 'steps') crop.close();
    if (change === 'steps' || change === 'settled') onChain();
    follow.changed(change);
  });
  const follow = follower(made, chosen, () => (crop.isOpen() ? undefined : current));
  const copy = copyAs(() => current && { picture: current, ...chosen.read(), type: made.type() });
  byId('darkroom').append(el('div', { class: 'view' }, ...made.elements, copy.element), chosen.element);

  const turnTo = (picture: Picture | undefined): void => {
    current = picture;
    crop.close();
    follow.stop();
    copy.update(picture);
    if (picture) made.blank(picture);
  };
  return {
    take(picture) {
      if (picture === current) return;
      turnTo(picture);
      if (!untouched) follow.again();
    },
    begin(picture, step, answer) {
      if (untouched && picture === current && step.name === BEGINNING) void made.show(picture, [step], answer);
    },
    open(picture, step, answer) {
      untouched = false;
      chosen.replace([step]);
      turnTo(picture);
      if (answer) void made.show(picture, [step], answer);
      else follow.again();
    },
    chain: () => (untouched ? undefined : chosen.text()),
    setChain: (text) => chosen.setText(text),
  };
}

/** Asks for what is chosen whenever that is something else. @param picture nothing while there is nothing to ask for */
function follower(made: Preview, chosen: DarkroomEditor, picture: () => Picture | undefined) {
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
async function pictureAfter(picture: Picture, steps: Step[]): Promise<string> {
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
    made.note(failed(error, retry));
    made.busy(false);
    return false;
  }
  made.busy(false);
  return true;
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
