import { hasSeparator, isInQuotes, splitLabels } from '../label-text.ts';
import { TEXTS } from '../texts.ts';
import { announce, button, el, onEnter } from './dom.ts';

const { lookFor: words } = TEXTS;

/** As many as clip-fn compares one picture with. */
export const MOST_LABELS = 2_000;
/** Chips that stand there before the others are asked for. */
const FOLDED = 24;

export interface Chips {
  /** Labels in the order they were written. */
  values(): string[];
  /** Adds labels to those that are there. @returns whether any is new */
  add(labels: readonly string[]): boolean;
  /** Other labels in place of those that are there. */
  replace(labels: readonly string[]): void;
}

/**
 * Turns a text field into a list of chips: Enter or a comma adds one, Backspace in the empty field removes the last, a
 * pasted list is split. Of many, only the first are shown until a person asks for all.
 * @param onChange called after a person changed the list here
 */
export function chips(field: HTMLInputElement, onChange: () => void): Chips {
  let labels: readonly string[] = [];
  const list = foldedList((label) => remove(label));
  const box = el('div', { class: 'chips' });
  field.replaceWith(box);
  box.append(...list.elements, field);
  box.addEventListener('click', (event) => event.target === box && field.focus());

  const replace = (next: readonly string[]): void => {
    const all = [...new Set(next)];
    labels = all.slice(0, MOST_LABELS);
    if (all.length > MOST_LABELS) announce(words.tooMany(MOST_LABELS));
    list.show(labels);
  };
  const add = (more: readonly string[]): boolean => {
    const fresh = more.filter((label) => !labels.includes(label));
    if (fresh.length > 0) replace([...labels, ...fresh]);
    return fresh.length > 0;
  };
  const remove = (label: string): void => {
    replace(labels.filter((other) => other !== label));
    field.focus();
    onChange();
  };
  const take = (text: string): void => {
    field.value = '';
    if (add(splitLabels(text))) onChange();
  };
  listen(field, take, () => labels.length > 0 && remove(labels.at(-1) ?? ''));
  list.show(labels);
  return { values: () => [...labels], add, replace };
}

/** Chips, of which only the first stand there until a person asks for all. */
function foldedList(onRemove: (label: string) => void) {
  let labels: readonly string[] = [];
  let unfolded = false;
  const list = el('ul', { class: 'chip-list' });
  const turn = (): void => {
    unfolded = !unfolded;
    draw();
  };
  const fold = button('', turn, { class: 'plain fold' });
  const draw = (): void => {
    const shown = unfolded ? labels : labels.slice(0, FOLDED);
    list.replaceChildren(...shown.map((label) => chip(label, () => onRemove(label))));
    fold.hidden = labels.length <= FOLDED;
    fold.textContent = unfolded ? words.fewer : words.all(labels.length);
    fold.setAttribute('aria-expanded', String(unfolded));
  };
  return {
    elements: [list, fold],
    show(next: readonly string[]) {
      labels = next;
      draw();
    },
  };
}

/** Whatever brings text into the field. A field of one line would make one label of many lines. */
function listen(field: HTMLInputElement, take: (text: string) => void, onBack: () => void): void {
  onEnter(field, () => take(field.value));
  field.addEventListener('keydown', ({ key, isComposing }) => {
    if (!isComposing && key === 'Backspace' && field.value === '') onBack();
  });
  field.addEventListener('input', () => {
    if (hasSeparator(field.value) && !isInQuotes(field.value)) take(field.value);
  });
  field.addEventListener('change', () => take(field.value));
  const bring = (event: Event, data: DataTransfer | null): void => {
    const text = data?.getData('text/plain') ?? '';
    if (!hasSeparator(text)) return;
    event.preventDefault();
    const { value, selectionStart, selectionEnd } = field;
    take(value.slice(0, selectionStart ?? value.length) + text + value.slice(selectionEnd ?? value.length));
  };
  field.addEventListener('paste', (event) => bring(event, event.clipboardData));
  field.addEventListener('drop', (event) => bring(event, event.dataTransfer));
}

function chip(label: string, onRemove: () => void): HTMLElement {
  const away = button('×', onRemove, { 'aria-label': words.remove(label) });
  return el('li', { class: 'chip' }, el('span', {}, label), away);
}
