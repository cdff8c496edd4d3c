import { TEXTS } from '../texts.ts';
import { button, el, onEnter } from './dom.ts';

export interface Chips {
  /** Labels in the order they were written. */
  values(): string[];
  /** Adds one, or several parted by commas. */
  add(text: string): void;
}

/**
 * Turns a text field into a list of chips: Enter or a comma adds one, Backspace in the empty field removes the last,
 * a pasted list is split.
 */
export function chips(field: HTMLInputElement, onChange: () => void): Chips {
  const labels: string[] = [];
  const list = el('ul', { class: 'chip-list' });
  const box = el('div', { class: 'chips' });
  field.replaceWith(box);
  box.append(list, field);
  box.addEventListener('click', (event) => event.target === box && field.focus());

  const add = (text: string): void => {
    const fresh = splitLabels(text).filter((label) => !labels.includes(label));
    if (fresh.length === 0) return;
    labels.push(...fresh);
    list.append(...fresh.map((label) => chip(label, () => remove(label))));
    onChange();
  };
  const remove = (label: string): void => {
    const place = labels.indexOf(label);
    if (place < 0) return;
    labels.splice(place, 1);
    list.children[place]?.remove();
    field.focus();
    onChange();
  };
  const takeField = (): void => {
    add(field.value);
    field.value = '';
  };

  onEnter(field, takeField);
  field.addEventListener('keydown', ({ key, isComposing }) => {
    if (!isComposing && key === 'Backspace' && field.value === '' && labels.length > 0) remove(labels.at(-1) ?? '');
  });
  field.addEventListener('input', () => /[,;\n]/.test(field.value) && takeField());
  field.addEventListener('change', takeField);
  return { values: () => [...labels], add };
}

function splitLabels(text: string): string[] {
  return [...new Set(text.split(/[,;\n]/).map((label) => label.trim()))].filter((label) => label !== '');
}

function chip(label: string, onRemove: () => void): HTMLElement {
  const away = button('×', onRemove, { 'aria-label': TEXTS.lookFor.remove(label) });
  return el('li', { class: 'chip' }, el('span', {}, label), away);
}
