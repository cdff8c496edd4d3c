import { optionTitle, TEXTS } from '../texts.ts';
import { PageError } from './api.ts';
import { el } from './dom.ts';
import type { OptionSchema, Options } from './operations.ts';

const { darkroom: words } = TEXTS;

export interface Fields {
  elements: HTMLElement[];
  /** What was set otherwise than it would be anyway. @throws PageError `not-yet` when a value is not allowed */
  values(): Record<string, string>;
  /** A second picture that was chosen for one of them. */
  file(): File | undefined;
}

interface Control {
  element: HTMLElement;
  /** Empty for "as it is". */
  value(): string;
  file?: () => File | undefined;
}

let count = 0;

/** A field for each option of an operation, made of its schema. @param given values to begin with */
export function optionFields(options: Options, given: Record<string, string>, onChange: () => void): Fields {
  const controls = Object.entries(options).map(([name, schema]) => {
    const control = fieldOf(name, schema, given[name], onChange);
    return { name, standard: String(schema.default ?? ''), ...control };
  });
  const values = (): Record<string, string> => {
    const set = controls.map(({ name, standard, value }) => ({ name, standard, value: value() }));
    const own = set.filter(({ value, standard }) => value !== '' && value !== standard);
    return Object.fromEntries(own.map(({ name, value }) => [name, value]));
  };
  const file = (): File | undefined => controls.map((control) => control.file?.()).find(Boolean);
  return { elements: controls.map(({ element }) => element), values, file };
}

function fieldOf(name: string, schema: OptionSchema, given: string | undefined, onChange: () => void): Control {
  count += 1;
  const id = `option-${count}`;
  const title = optionTitle(name, schema.unit);
  const start = given ?? String(schema.default ?? '');
  const { control, value, beside, file } = controlOf(schema, id, title, start);
  const hint = schema.description && el('small', { id: `${id}-hint` }, schema.description);
  if (hint) control.setAttribute('aria-describedby', hint.id);
  const label = el('label', { for: id }, title);
  const isCheck = schema.type === 'boolean';
  const element = isCheck
    ? el('div', { class: 'field check' }, control, label, hint)
    : el('div', { class: 'field' }, label, control, beside, hint);
  element.addEventListener('input', onChange);
  return { element, value, ...(file && { file }) };
}

interface Made {
  control: HTMLElement;
  value(): string;
  /** A second control that belongs to the first. */
  beside?: HTMLElement;
  file?: () => File | undefined;
}

function controlOf(schema: OptionSchema, id: string, title: string, start: string): Made {
  if (schema.enum) return select(id, schema.default === undefined ? ['', ...schema.enum] : schema.enum, start);
  if (schema.type === 'boolean') {
    const control = el('input', { type: 'checkbox', id, checked: start === 'true' });
    return { control, value: () => String(control.checked) };
  }
  if (schema.type === 'number' || schema.type === 'integer') return number(schema, id, start);
  if (schema.allowed.startsWith('upload')) return another(id, title, start);
  if (/colour/.test(schema.allowed)) return colour(schema, id, title, start);
  const control = el('input', { type: 'text', id, value: start });
  return { control, value: () => control.value.trim() };
}

function select(id: string, options: string[], start: string): Made {
  const made = options.map((value) => el('option', { value, selected: value === start }, value || words.unset));
  const control = el('select', { id }, ...made);
  return { control, value: () => control.value };
}

function number({ type, minimum, maximum }: OptionSchema, id: string, start: string): Made {
  const isWhole = type === 'integer';
  const control = el('input', {
    ...{ type: 'number', id, value: start, min: minimum, max: maximum },
    step: isWhole ? 1 : 'any',
    inputmode: isWhole ? 'numeric' : 'decimal',
  });
  const value = (): string => {
    if (!control.checkValidity()) throw new PageError(control.validationMessage, 'not-yet');
    return control.value;
  };
  return { control, value };
}

/** A second picture: a file from here, or its address. */
function another(id: string, title: string, start: string): Made {
  const control = el('input', { type: 'file', id, accept: 'image/*' });
  const address = el('input', {
    ...{ type: 'url', placeholder: 'https://…', 'aria-label': words.orAddress(title) },
    value: start === 'upload' ? '' : start,
  });
  const file = (): File | undefined => (address.value.trim() === '' ? control.files?.[0] : undefined);
  const value = (): string => {
    if (address.value.trim() === '' && !file()) throw new PageError(words.another, 'not-yet');
    return address.value.trim();
  };
  return { control, beside: address, value, file };
}

const WORDS = ['transparent', 'white', 'black'];
const OWN = 'own';

/** Words that the function knows, or any colour from the browser's own chooser. */
function colour({ allowed, default: standard }: OptionSchema, id: string, title: string, start: string): Made {
  const extra = /\bblur\b/.test(allowed) ? ['blur'] : [];
  const options = [...(standard === undefined ? [''] : []), ...WORDS, ...extra];
  const isOwn = start !== '' && !options.includes(start);
  const { control, value } = select(id, options, start);
  control.append(el('option', { value: OWN, selected: isOwn }, words.own));
  const chooser = el('input', {
    ...{ type: 'color', 'aria-label': words.colour(title) },
    value: isOwn ? start : '#ff7d5c',
    hidden: !isOwn,
  });
  control.addEventListener('input', () => {
    chooser.hidden = value() !== OWN;
  });
  return { control, beside: chooser, value: () => (value() === OWN ? chooser.value : value()) };
}
