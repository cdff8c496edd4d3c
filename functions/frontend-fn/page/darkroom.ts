import { TEXTS } from '../texts.ts';
import { type Answer, latest } from './api.ts';
import { copyAs } from './copy-as.ts';
import { byId, debounced, el } from './dom.ts';
import { chainText, operations, output, type Step } from './operations.ts';
import { optionFields } from './option-fields.ts';
import { failed, isOld } from './page-error.ts';
import type { Picture } from './picture.ts';
import { type Preview, preview } from './preview.ts';
import { stepList } from './step-list.ts';
import { postPicture } from './upload.ts';

const { darkroom: words } = TEXTS;

export interface Darkroom {
  /** Works on a picture from now on. */
  take(picture: Picture | undefined): void;
  /** What it begins with was made already: shown, as long as nobody has chosen anything else. */
  begin(picture: Picture, step: Step, answer: Answer): void;
  /** Begins anew with one step; its answer, where there is one already, is not asked for again. */
  open(picture: Picture, step: Step, answer?: Answer): void;
}

/** It changes no shape, so that before and after lie over each other. */
const BEGINNING = 'grayscale';

/** A chain of operations on one picture: before and after, how large, how long, and how to do it elsewhere. */
export function darkroom(): Darkroom {
  let current: Picture | undefined;
  // Until a person touches it, the darkroom shows a copy that is made anyway.
  let untouched = true;
  const next = latest();
  const made = preview();
  const run = async (): Promise<void> => {
    const signal = next();
    const picture = current;
    if (picture)
      await whileBusy(
        made,
        () => show(made, picture, { ...chosen.read(), signal }),
        () => void run(),
      );
  };
  const soon = debounced(() => void run(), 250);
  const chosen = editor(() => {
    untouched = false;
    soon();
  });
  const copy = copyAs(() => current && { picture: current, query: chosen.read().query, type: made.type() });
  byId('darkroom').append(el('div', { class: 'view' }, ...made.elements, copy), chosen.element);

  return {
    take(picture) {
      if (picture === current) return;
      current = picture;
      next();
      if (picture) made.blank(picture);
      if (!untouched) void run();
    },
    begin(picture, step, answer) {
      if (untouched && picture === current && step.name === BEGINNING) void made.show(picture, answer);
    },
    open(picture, step, answer) {
      untouched = false;
      chosen.replace([step]);
      current = picture;
      next();
      made.busy(false);
      if (answer) void made.show(picture, answer);
      else void run();
    },
  };
}

/** The steps, and how the result is saved. */
function editor(onChange: () => void) {
  const list = stepList(operations, onChange);
  const saving = optionFields(output, {}, onChange);
  list.replace([{ name: BEGINNING, options: {} }]);
  const fields = el('div', { class: 'fields' }, ...saving.elements);
  const more = el('details', { class: 'more' }, el('summary', {}, words.saveAs), fields);
  return {
    element: el('div', { class: 'panel chain' }, list.element, more),
    /** @throws PageError `not-yet` when a value is not allowed */
    read(): Omit<Development, 'signal'> {
      const steps = list.steps();
      return { query: { chain: chainText(steps), ...saving.values() }, steps };
    },
    replace: list.replace,
  };
}

interface Development {
  query: Record<string, string>;
  steps: Step[];
  signal: AbortSignal;
}

/** Shows what the steps make of a picture; the picture as it is where there are none. */
async function show(made: Preview, picture: Picture, { query, steps, signal }: Development): Promise<void> {
  if (query.chain === '') made.blank(picture, words.empty);
  else await made.show(picture, await develop(picture, formOf(query, steps), signal, made.note));
}

/** Shows that something is under way, and then what went wrong, if anything did. */
async function whileBusy(made: Preview, work: () => Promise<void>, retry: () => void): Promise<void> {
  made.busy(true);
  try {
    await work();
  } catch (error) {
    if (isOld(error)) return;
    made.note(failed(error, retry));
  }
  made.busy(false);
}

function formOf(query: Record<string, string>, steps: Step[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(query)) form.append(name, value);
  const second = steps.find(({ file }) => file)?.file;
  if (second) form.append('watermark', second);
  return form;
}

function develop(
  picture: Picture,
  form: FormData,
  signal: AbortSignal,
  note: (content: HTMLElement) => void,
): Promise<Answer> {
  const onSlow = (): void => note(el('p', { role: 'status' }, words.starting));
  // Some operations tell something of the picture in place of making another.
  return postPicture('transform', form, picture, { accept: 'image/*, application/json;q=0.5', signal, onSlow });
}
