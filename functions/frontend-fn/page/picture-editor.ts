import { TEXTS } from '../texts.ts';
import { button, el } from './dom.ts';

/** Something that is chosen on a picture. */
export interface PictureEditor {
  /** The picture with what is chosen over it. */
  element: HTMLElement;
  /** What belongs to it, and the way out. */
  tools: HTMLElement;
  focus(): void;
}

interface Parts {
  image: HTMLImageElement;
  /** For people who listen. */
  title: string;
  /** What lies over the picture; the first handle in it gets the focus. */
  over: readonly HTMLElement[];
  tools: readonly HTMLElement[];
  hint: string;
  onDone(): void;
}

/** Puts handles over a picture; Escape and a button end the choice. */
export function pictureEditor({ image, title, over, tools, hint, onDone }: Parts): PictureEditor {
  const element = el('div', { class: 'crop-stage', role: 'group', 'aria-label': title }, image, ...over);
  element.style.setProperty('--ratio', String(image.naturalWidth / image.naturalHeight));
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    onDone();
  });
  const done = button(TEXTS.darkroom.done, onDone, { class: 'button small' });
  return {
    element,
    tools: el('div', { class: 'crop-tools' }, ...tools, done, el('p', { class: 'hint' }, hint)),
    focus: () => element.querySelector('button')?.focus({ preventScroll: true }),
  };
}
