import { TEXTS } from '../texts.ts';
import { cropEditor } from './crop-editor.ts';
import type { Rect } from './crop-rect.ts';
import { button, el } from './dom.ts';
import type { Step } from './operations.ts';
import type { Fields } from './option-fields.ts';
import { failed } from './page-error.ts';
import type { Preview } from './preview.ts';
import type { StepTools } from './step-list.ts';

const { crop: words } = TEXTS.darkroom;

export interface CroppingRules {
  made: Preview;
  steps(): Step[];
  /** The picture as the steps before a place leave it, shown from an address; nothing where there is none. */
  before(steps: Step[]): Promise<string | undefined>;
  /** Nothing else may be shown until the rectangle is chosen. */
  onOpen(): void;
  /** The rectangle is chosen. */
  onDone(): void;
}

export interface Cropping {
  tools: StepTools;
  /** A rectangle is being chosen, or the picture for it is on its way. */
  isOpen(): boolean;
  /** Leaves it as it is chosen by now. */
  close(): void;
}

/** Chooses the rectangle of a crop on the picture, as the steps before it leave the picture. */
export function cropping({ made, steps, before, onOpen, onDone }: CroppingRules): Cropping {
  let opened: symbol | undefined;
  const close = (): void => {
    if (!opened) return;
    opened = undefined;
    made.tools();
    onDone();
  };
  const choose = (fields: Fields, place: number): void => {
    const mine = Symbol('opened');
    opened = mine;
    onOpen();
    begin(fields, place, () => opened === mine).catch((error: unknown) => {
      if (opened !== mine) return;
      opened = undefined;
      made.note(failed(error));
    });
  };
  const begin = async (fields: Fields, place: number, isWanted: () => boolean): Promise<void> => {
    const src = await before(steps().slice(0, place));
    if (src === undefined) return isWanted() ? close() : undefined;
    const image = el('img', { src, alt: TEXTS.darkroom.beforeAlt, draggable: 'false' });
    await image.decode();
    if (!isWanted()) return;
    const onChange = (rect: Rect): void => {
      fields.fill(Object.fromEntries(Object.entries(rect).map(([side, value]) => [side, String(value)])));
    };
    const rect = rectOf(fields, image);
    const editor = cropEditor({ image, rect, onChange, onDone: close });
    onChange(rect);
    made.put(editor.element);
    made.tools(editor.tools);
    editor.focus();
  };
  const tools: StepTools = (name, fields, place) =>
    name === 'crop'
      ? button(words.choose, () => choose(fields, place()), { class: 'quiet', 'data-on-add': true })
      : undefined;
  return { tools, isOpen: () => opened !== undefined, close };
}

/** What the fields say; a rectangle a little smaller than the picture where they say nothing. */
function rectOf(fields: Fields, { naturalWidth, naturalHeight }: HTMLImageElement): Rect {
  const values = fields.values();
  const side = (name: string, standard: number, most: number): number =>
    Math.round(Math.min(most, Number(values[name] ?? standard)));
  const left = side('left', naturalWidth / 10, naturalWidth - 1);
  const top = side('top', naturalHeight / 10, naturalHeight - 1);
  const width = side('width', naturalWidth * 0.8, naturalWidth - left);
  const height = side('height', naturalHeight * 0.8, naturalHeight - top);
  return { left, top, width, height };
}
