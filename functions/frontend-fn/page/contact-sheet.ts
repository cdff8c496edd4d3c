import { TEXTS } from '../texts.ts';
import type { ClassificationState } from './classifications.ts';
import { type Card, contactCard } from './contact-card.ts';
import { announce, byId, debounced, el, set } from './dom.ts';
import type { Picture, PictureList } from './picture.ts';
import { sheetKeys } from './sheet-keys.ts';
import { inOrder } from './sheet-order.ts';
import { sheetTools } from './sheet-tools.ts';

const { picture: words } = TEXTS;

export interface ContactSheet {
  /** Draws one card for each picture; nothing where there is only one. */
  update(): void;
  /** What is known of a picture has changed. */
  tell(picture: Picture, state: ClassificationState): void;
}

/** As many as are compared side by side. */
const MARKED = 2;

/** The contact sheet: every picture with what is in it; one of them is looked at. */
export function contactSheet(
  pictureList: PictureList,
  stateOf: (picture: Picture) => ClassificationState,
): ContactSheet {
  const box = byId('contact-sheet');
  const list = el('ul', { class: 'cards' });
  const cards = new Map<Picture, Card>();
  const marks = markedPictures(cards, () => tools.update());
  const actionsOf = cardActions(pictureList, cards, marks.toggle);
  const { all, clear } = pictureList;
  const tools = sheetTools({ all, clear, stateOf, marked: marks.all }, () => {
    sort();
    for (const [picture, card] of cards) card.place(tools.place(picture));
  });
  box.append(tools.element, list);
  const sort = (): void => arrange(list, cards, inOrder(all(), tools.order(), stateOf, tools.places()));
  const sortSoon = debounced(() => tools.order() !== 'added' && sort(), 300);
  sheetKeys(list, (element) => {
    const [picture] = [...cards].find(([, card]) => card.element === element) ?? [];
    return picture && actionsOf(picture);
  });
  return {
    update() {
      renew(cards, all(), (picture) => {
        const card = contactCard(picture, actionsOf(picture));
        card.fill(stateOf(picture));
        return card;
      });
      const current = pictureList.current();
      for (const [picture, { open }] of cards) set(open, { 'aria-current': picture === current && 'true' });
      box.hidden = cards.size < 2;
      marks.update();
      sort();
    },
    tell(picture, state) {
      cards.get(picture)?.fill(state);
      sortSoon();
    },
  };
}

/** What can be done with one picture, on its card or by keys. */
function cardActions(pictureList: PictureList, cards: Map<Picture, Card>, mark: (picture: Picture) => void) {
  const remove = (picture: Picture): void => {
    pictureList.remove(picture);
    announce(words.removed(picture.name));
    const current = pictureList.current();
    if (current) cards.get(current)?.open.focus();
  };
  return (picture: Picture) => ({
    open: () => pictureList.select(picture),
    remove: () => remove(picture),
    mark: () => mark(picture),
  });
}

/** Makes the cards that are missing, and takes those away whose picture is gone. */
function renew(cards: Map<Picture, Card>, all: readonly Picture[], make: (picture: Picture) => Card): void {
  const pictures = new Set(all);
  for (const [picture, card] of cards) {
    if (pictures.has(picture)) continue;
    card.element.remove();
    card.free();
    cards.delete(picture);
  }
  for (const picture of pictures) if (!cards.has(picture)) cards.set(picture, make(picture));
}

/** Moves only what has another place: a card that is moved loses its focus. */
function arrange(list: HTMLElement, cards: Map<Picture, Card>, sorted: readonly Picture[]): void {
  for (const [index, picture] of sorted.entries()) {
    const element = cards.get(picture)?.element;
    if (element && list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  }
}

/** Pictures to be compared: of three that are marked, the last two. */
function markedPictures(cards: Map<Picture, Card>, onChange: () => void) {
  let marked: readonly Picture[] = [];
  const update = (): void => {
    marked = marked.filter((picture) => cards.has(picture)).slice(-MARKED);
    for (const [picture, card] of cards) card.mark(marked.includes(picture));
    onChange();
  };
  return {
    all: () => marked,
    update,
    toggle(picture: Picture) {
      const others = marked.filter((one) => one !== picture);
      marked = others.length < marked.length ? others : [...marked, picture];
      update();
    },
  };
}
