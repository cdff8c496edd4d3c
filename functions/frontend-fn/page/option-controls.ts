import { type OptionText, TEXTS } from '../texts.ts';
import { PageError } from './api.ts';
import { el, set } from './dom.ts';
import type { OptionSchema } from './operations.ts';

const { darkroom: words } = TEXTS;

/** What a control is made of. */
export interface Option {
  id: string;
  schema: OptionSchema;
  text: OptionText & { title: string };
  /** What it begins with; empty for "as it is". */
  start: string;
  /** A second picture that was chosen before. */
  file?: File | undefined;
}

export interface Control {
  control: HTMLElement;
  /** Empty for "as it is". @throws PageError `not-yet` when it is not allowed */
  value(): string;
  /** What stands after the control. */
  beside?: HTMLElement;
  /** It needs a line of its own. */
  wide?: boolean;
  file?: () => File | undefined;
}

/** The control for an option, by its schema. */
export function controlOf(option: Option): Control {
  const { schema, id, start } = option;
  if (schema.enum) return list(option, schema.default === undefined ? ['', ...schema.enum] : schema.enum);
  if (schema.type === 'boolean') {
    const control = el('input', { type: 'checkbox', id, checked: start === 'true' });
    return { control, value: () => String(control.checked) };
  }
  if (schema.type === 'number' || schema.type === 'integer') return number(option);
  if (schema.allowed.startsWith('upload')) return another(option);
  if (/colour/.test(schema.allowed)) return colour(option);
  const control = el('input', { type: 'text', id, value: start });
  return { control, value: () => control.value.trim() };
}

function list(
  { id, text: { values = {} }, start }: Option,
  options: string[],
): Control & { control: HTMLSelectElement } {
  const made = options.map((value) =>
    el('option', { value, selected: value === start }, value === '' ? words.unset : (values[value] ?? value)),
  );
  const control = el('select', { id }, ...made);
  return { control, value: () => control.value };
}

/** A figure, and a slider where it has a range that can be dragged through. */
function number({ id, text: { title, slider }, schema, start }: Option): Control {
  const isWhole = schema.type === 'integer';
  const control = el('input', {
    ...{ type: 'number', id, value: start, min: schema.minimum, max: schema.maximum },
    step: isWhole ? 1 : 'any',
    inputmode: isWhole ? 'numeric' : 'decimal',
  });
  const value = (): string => {
    if (!control.checkValidity()) throw new PageError(words.about(title, control.validationMessage), 'not-yet');
    return control.value;
  };
  if (!slider) return { control, value };
  const [min, max, step] = slider;
  const range = el('input', { type: 'range', min, max, step, 'aria-label': words.sliderOf(title) });
  const follow = (): void => {
    range.value = control.value === '' ? words.sliderStart(min, max) : control.value;
  };
  follow();
  control.addEventListener('input', follow);
  range.addEventListener('input', () => {
    control.value = range.value;
  });
  return { control, value, beside: range };
}

/** A second picture: a file from here, or its address. */
function another({ id, text: { title }, start, file: before }: Option): Control {
  let chosen = before;
  const control = el('input', { type: 'file', class: 'file', id, accept: 'image/*' });
  const name = el('span', { class: 'hint' }, before?.name ?? words.noFile);
  const address = el('input', {
    ...{ type: 'url', placeholder: words.addressExample, 'aria-label': words.orAddress(title) },
    value: start === 'upload' ? '' : start,
  });
  control.addEventListener('change', () => {
    chosen = control.files?.[0] ?? chosen;
    name.textContent = chosen?.name ?? words.noFile;
    address.value = '';
  });
  const file = (): File | undefined => (address.value.trim() === '' ? chosen : undefined);
  const value = (): string => {
    if (address.value.trim() === '' && !file()) throw new PageError(words.another, 'not-yet');
    if (!address.checkValidity()) throw new PageError(words.about(title, address.validationMessage), 'not-yet');
    return address.value.trim();
  };
  const row = el('div', { class: 'file-row' }, el('label', { class: 'quiet', for: id }, words.chooseFile));
  row.append(control, name);
  return { control: row, beside: address, wide: true, value, file };
}

const WORDS = ['transparent', 'white', 'black'];
const OWN = 'own';

/** Words that the function knows, or any colour from the browser's own chooser. */
function colour(option: Option): Control {
  const { schema, start, text } = option;
  const extra = /\bblur\b/.test(schema.allowed) ? ['blur'] : [];
  const options = [...(schema.default === undefined ? [''] : []), ...WORDS, ...extra];
  const isOwn = start !== '' && !options.includes(start);
  const { control, value } = list({ ...option, text: { ...text, values: words.colours } }, options);
  control.append(el('option', { value: OWN, selected: isOwn }, words.own));
  const chooser = el('input', {
    ...{ type: 'color', 'aria-label': words.colour(text.title) },
    value: isOwn ? start.slice(0, 7) : words.firstColour,
    hidden: !isOwn,
  });
  control.addEventListener('input', () => set(chooser, { hidden: value() !== OWN }));
  return { control, beside: chooser, value: () => (value() === OWN ? chooser.value : value()) };
}
