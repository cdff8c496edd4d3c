import { fileSize, pixels } from '../words.ts';
import { Trouble } from './api.ts';
import { byId, el } from './dom.ts';
import type { Picture } from './picture.ts';
import { TEXTS } from './texts.ts';
import { troubleBox } from './trouble.ts';

export interface Stage {
  /** Shows a picture. @returns whether this browser can */
  show(picture: Picture): Promise<boolean>;
  /** Says why there is no picture, naming the file where there was one. */
  refuse(trouble: Trouble, name?: string): void;
  note(sentence: string): void;
}

/** The place where a picture is dropped, and then stands. */
export function stage(): Stage {
  const main = document.querySelector('main') as HTMLElement;
  const box = byId('picture');
  const original = originalTile();
  let address = '';

  const leave = (): void => {
    if (address) URL.revokeObjectURL(address);
    address = '';
    main.querySelector(':scope > .trouble')?.remove();
    box.replaceChildren();
  };
  const show: Stage['show'] = async (picture) => {
    leave();
    address = URL.createObjectURL(picture.blob);
    main.dataset.state = 'picture';
    byId('choose').textContent = TEXTS.another;
    box.hidden = false;
    const image = el('img', { src: address, alt: TEXTS.pictureAlt });
    const facts = el('p', { class: 'facts' }, el('span', { class: 'name' }, picture.name));
    box.append(el('div', { class: 'frame' }, image), facts);
    original.clear();
    try {
      await image.decode();
    } catch {
      if (box.contains(image)) image.replaceWith(el('p', { class: 'hint' }, TEXTS.notShown));
      return false;
    }
    const size = [pixels(image.naturalWidth, image.naturalHeight), fileSize(picture.blob.size)] as const;
    facts.append(el('span', {}, size.join(' · ')));
    if (box.contains(image)) original.show(image.src, size);
    return true;
  };
  const refuse: Stage['refuse'] = (trouble, name) => {
    leave();
    original.clear();
    main.dataset.state = 'empty';
    box.hidden = true;
    main.prepend(troubleBox(name ? new Trouble(TEXTS.about(name, trouble.message), trouble.code) : trouble));
  };
  const note = (sentence: string): void => box.append(el('p', { class: 'hint', role: 'status' }, sentence));
  return { show, refuse, note };
}

/** The original among the copies, to compare. */
function originalTile(): { show(address: string, size: readonly [string, string]): void; clear(): void } {
  const frame = el('div', { class: 'frame' });
  const facts = el('p', { class: 'facts' });
  byId('original').append(frame, facts);
  return {
    show(address, size) {
      frame.replaceChildren(el('img', { src: address, alt: TEXTS.originalAlt }));
      facts.replaceChildren(el('span', { class: 'size' }, size[0]), el('span', {}, size[1]));
    },
    clear() {
      frame.replaceChildren();
      facts.replaceChildren();
    },
  };
}
