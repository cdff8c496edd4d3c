import { TEXTS } from '../texts.ts';
import { fileSize, pixels } from '../words.ts';
import type { PageError } from './api.ts';
import { byId, el } from './dom.ts';
import { clearPlacelessErrors, listError } from './error-list.ts';
import type { Picture } from './picture.ts';

const { picture: words, start } = TEXTS;

export interface Stage {
  /** Shows a picture; without one the page is as it began. */
  show(picture: Picture | undefined): void;
  /** Says why something is no picture, naming the file where there is one. */
  refuse(trouble: PageError, name?: string): void;
  /** What was refused is forgotten. */
  calm(): void;
}

/** The place where a picture is dropped, and then stands. */
export function stage(): Stage {
  const main = document.querySelector('main') as HTMLElement;
  const box = byId('picture');
  let shown: Picture | undefined;

  const show = (picture: Picture | undefined): void => {
    if (picture === shown) return;
    // What was clicked on may be far down: the answer stands above.
    if (picture && !shown) scrollTo(0, 0);
    shown = picture;
    main.dataset.state = picture ? 'picture' : 'empty';
    byId('choose').textContent = picture ? words.add : start.choose;
    box.hidden = !picture;
    box.replaceChildren();
    if (picture) void present(box, picture);
  };
  const refuse: Stage['refuse'] = ({ message }, name) => {
    listError({ message: name ? words.about(name, message) : message });
  };
  return { show, refuse, calm: clearPlacelessErrors };
}

async function present(box: HTMLElement, { src, name, blob }: Picture): Promise<void> {
  const image = el('img', { src, alt: words.yours });
  const size = el('span', {}, fileSize(blob.size));
  box.append(
    el('div', { class: 'frame' }, image),
    el('p', { class: 'facts' }, el('span', { class: 'name' }, name), size),
  );
  try {
    await image.decode();
    size.textContent = `${pixels(image.naturalWidth, image.naturalHeight)} · ${fileSize(blob.size)}`;
  } catch {
    if (image.isConnected) image.replaceWith(el('p', { class: 'hint' }, words.notShown));
  }
}
