import { TEXTS } from '../texts.ts';
import { latest } from './api.ts';
import type { ClassificationState } from './classifications.ts';
import { confirmFirst } from './dialog.ts';
import { announce, button, el, onEnter, save } from './dom.ts';
import { failed, isOld } from './page-error.ts';
import type { Picture } from './picture.ts';
import { type SheetEntry, sheetCsv, sheetJson } from './sheet-file.ts';
import type { SheetOrder } from './sheet-order.ts';
import { searchPictures } from './sheet-search.ts';
import { showSideBySide } from './side-by-side.ts';

const { sheet: words } = TEXTS;

interface Sheet {
  all(): readonly Picture[];
  stateOf(picture: Picture): ClassificationState;
  /** Pictures marked for comparing. */
  marked(): readonly Picture[];
  clear(): void;
}

export interface SheetTools {
  element: HTMLElement;
  order(): SheetOrder;
  /** Places among what was found by words, from 0. */
  places(): ReadonlyMap<Picture, number>;
  /** The place of a picture there, from 1. */
  place(picture: Picture): number | undefined;
  /** Pictures are others, or others are marked. */
  update(): void;
}

/** What can be done with all pictures at once. @param onOrder they are to stand in another order */
export function sheetTools(sheet: Sheet, onOrder: () => void): SheetTools {
  const order = orderField(onOrder);
  const search = searchField(sheet.all, (isFound) => {
    order.offerFound(isFound);
    onOrder();
  });
  const entries = (): SheetEntry[] =>
    sheet.all().map((picture) => ({ picture, classification: sheet.stateOf(picture).found?.classification }));
  const quiet = { class: 'quiet' };
  const compare = button(words.compare, () => showSideBySide(sheet.marked(), sheet.stateOf), quiet);
  const removeAll = (): void => confirmFirst(words.reallyAll(sheet.all().length), words.removeAll, sheet.clear);
  const actions = el(
    'div',
    { class: 'actions' },
    compare,
    button(words.csv, () => save(sheetCsv(entries()), 'labels.csv'), quiet),
    button(words.json, () => save(sheetJson(entries()), 'labels.json'), quiet),
    button(words.removeAll, removeAll, quiet),
  );
  const hint = el('p', { class: 'hint' }, `${words.marked} ${words.keys}`);
  const element = el('div', { class: 'sheet-tools' }, order.element, search.element, actions, search.status, hint);
  return {
    element,
    order: order.value,
    places: search.places,
    place: (picture) => {
      const place = search.places().get(picture);
      return place === undefined ? undefined : place + 1;
    },
    update() {
      compare.disabled = sheet.marked().length < 2;
    },
  };
}

function orderField(onOrder: () => void) {
  const { found, ...orders } = words.orders;
  const options = Object.entries(orders).map(([value, title]) => el('option', { value }, title));
  const match = el('option', { value: 'found', hidden: true, disabled: true }, found);
  const field = el('select', { id: 'sheet-order' }, ...options, match);
  field.addEventListener('change', onOrder);
  return {
    element: el('div', { class: 'field' }, el('label', { for: 'sheet-order' }, words.order), field),
    value: () => field.value as SheetOrder,
    /** What was found by words comes first; without words, pictures stand as they were added. */
    offerFound(isFound: boolean) {
      match.hidden = !isFound;
      match.disabled = !isFound;
      if (isFound) field.value = 'found';
      else if (field.value === 'found') field.value = 'added';
    },
  };
}

/** @param onFound the pictures have places, or no longer have them */
function searchField(all: () => readonly Picture[], onFound: (isFound: boolean) => void) {
  let places: ReadonlyMap<Picture, number> = new Map();
  const next = latest();
  const status = el('p', { class: 'hint search-status', role: 'status' });
  const attributes = { id: 'sheet-search', autocomplete: 'off', placeholder: words.searchExample, maxlength: 1_000 };
  const field = el('input', { type: 'search', ...attributes });
  const search = async (): Promise<void> => {
    const signal = next();
    const text = field.value.trim();
    status.replaceChildren(text === '' ? '' : words.searching);
    try {
      places = text === '' ? new Map() : await searchPictures(all(), text, signal);
    } catch (error) {
      if (!isOld(error)) status.replaceChildren(failed(error, () => void search()));
      return;
    }
    const [first] = [...places.keys()];
    status.replaceChildren(first ? words.found(text, first.name) : '');
    if (first) announce(words.found(text, first.name));
    onFound(places.size > 0);
  };
  onEnter(field, () => void search());
  // The cross of the field empties it, and says so by this event only.
  field.addEventListener('input', () => field.value === '' && void search());
  const element = el('div', { class: 'field grow' }, el('label', { for: 'sheet-search' }, words.search), field);
  return { element, status, places: () => places };
}
