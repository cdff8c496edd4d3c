import { inOneLine } from '#contract/classification';
import { TEXTS } from '../texts.ts';
import { percent } from '../words.ts';
import type { ClassificationState } from './classifications.ts';
import { announce, bar, button, byId, el, set } from './dom.ts';
import type { Picture, PictureList } from './picture.ts';

const { picture: words } = TEXTS;

export interface ContactSheet {
  /** Draws one card for each picture; nothing where there is only one. */
  update(): void;
  /** What is known of a picture has changed. */
  tell(picture: Picture, state: ClassificationState): void;
}

interface Card {
  element: HTMLElement;
  open: HTMLButtonElement;
  result: HTMLElement;
}

/** The contact sheet: every picture with what is in it; one of them is looked at. */
export function contactSheet(
  pictureList: PictureList,
  stateOf: (picture: Picture) => ClassificationState,
): ContactSheet {
  const box = byId('contact-sheet');
  const list = el('ul', { class: 'cards' });
  box.append(list);
  const cards = new Map<Picture, Card>();

  const remove = (picture: Picture): void => {
    pictureList.remove(picture);
    announce(words.removed(picture.name));
    const current = pictureList.current();
    if (current) cards.get(current)?.open.focus();
  };
  const add = (picture: Picture): void => {
    const card = cardOf(picture, { onOpen: () => pictureList.select(picture), onRemove: () => remove(picture) });
    cards.set(picture, card);
    list.append(card.element);
    fill(card, stateOf(picture));
  };
  const update = (): void => {
    const pictures = pictureList.all();
    for (const [picture, { element }] of cards) {
      if (pictures.includes(picture)) continue;
      element.remove();
      cards.delete(picture);
    }
    for (const picture of pictures) if (!cards.has(picture)) add(picture);
    for (const [picture, { open }] of cards) set(open, { 'aria-current': picture === pictureList.current() && 'true' });
    box.hidden = pictures.length < 2;
  };
  return {
    update,
    tell(picture, state) {
      const card = cards.get(picture);
      if (card) fill(card, state);
    },
  };
}

function cardOf(picture: Picture, { onOpen, onRemove }: Record<'onOpen' | 'onRemove', () => void>): Card {
  const result = el('span', { class: 'result' });
  const image = el('img', { src: picture.src, alt: '' });
  const thumb = el('span', { class: 'thumb' }, image);
  const open = el(
    'button',
    { type: 'button', class: 'open' },
    thumb,
    el('span', { class: 'name' }, picture.name),
    result,
  );
  open.addEventListener('click', onOpen);
  const away = button('×', onRemove, { class: 'away', 'aria-label': words.remove(picture.name) });
  return { element: el('li', {}, open, away), open, result };
}

/** The best label with its bar, or how things stand. */
function fill({ result, element }: Card, { found, busy, error }: ClassificationState): void {
  const [best] = found?.classification.labels ?? [];
  set(element, { 'aria-busy': busy ? 'true' : undefined });
  if (error?.notYet) return;
  if (best && found) {
    const { classification } = found;
    const length = classification.state === 'none' ? 0 : best.score;
    result.replaceChildren(el('span', {}, inOneLine(classification, percent)), bar([{ length }]));
  } else {
    result.replaceChildren(el('span', {}, error ? error.message : words.waiting));
  }
}
