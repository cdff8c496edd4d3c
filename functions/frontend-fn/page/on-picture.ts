import { TEXTS } from '../texts.ts';
import { cropEditor } from './crop-editor.ts';
import { button, el } from './dom.ts';
import { focusEditor } from './focus-editor.ts';
import type { Step } from './operations.ts';
import type { Fields } from './option-fields.ts';
import { failed } from './page-error.ts';
import type { PictureEditor } from './picture-editor.ts';
import type { Preview } from './preview.ts';
import type { StepTools } from './step-list.ts';

interface Way {
  title: string;
  /** Opened as soon as the step is added. */
  atOnce: boolean;
  open(fields: Fields, image: HTMLImageElement, onDone: () => void): PictureEditor;
}

/** Steps with something that is chosen on the picture. */
const WAYS: Record<string, Way> = {
  crop: { title: TEXTS.darkroom.crop.choose, atOnce: true, open: cropEditor },
  resize: { title: TEXTS.darkroom.focus.choose, atOnce: false, open: focusEditor },
};

export interface OnPictureRules {
  made: Preview;
  steps(): Step[];
  /** The picture as the steps before a place leave it, shown from an address; nothing where there is none. */
  before(steps: Step[]): Promise<string | undefined>;
  /** Nothing else may be shown until the choice is made. */
  onOpen(): void;
  /** The choice is made. */
  onDone(): void;
}

export interface OnPicture {
  tools: StepTools;
  /** Something is being chosen, or the picture for it is on its way. */
  isOpen(): boolean;
  /** Leaves it as it is chosen by now. */
  close(): void;
}

/** Chooses what belongs to a step on the picture, as the steps before it leave the picture. */
export function onPicture({ made, steps, before, onOpen, onDone }: OnPictureRules): OnPicture {
  let opened: symbol | undefined;
  const close = (): void => {
    if (!opened) return;
    opened = undefined;
    made.tools();
    onDone();
  };
  const choose = (way: Way, fields: Fields, place: number): void => {
    const mine = Symbol('opened');
    opened = mine;
    onOpen();
    begin(way, fields, place, () => opened === mine).catch((error: unknown) => {
      if (opened !== mine) return;
      opened = undefined;
      made.note(failed(error));
    });
  };
  const begin = async (way: Way, fields: Fields, place: number, isWanted: () => boolean): Promise<void> => {
    const src = await before(steps().slice(0, place));
    if (src === undefined) return isWanted() ? close() : undefined;
    const image = el('img', { src, alt: TEXTS.darkroom.beforeAlt, draggable: 'false' });
    await image.decode();
    if (!isWanted()) return;
    const editor = way.open(fields, image, close);
    made.put(editor.element);
    made.tools(editor.tools);
    editor.focus();
  };
  const tools: StepTools = (name, fields, place) => {
    const way = WAYS[name];
    return way && button(way.title, () => choose(way, fields, place()), { class: 'quiet', 'data-on-add': way.atOnce });
  };
  return { tools, isOpen: () => opened !== undefined, close };
}
