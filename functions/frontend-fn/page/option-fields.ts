import { optionText, unitText } from '../texts.ts';
import { el } from './dom.ts';
import type { OptionSchema, Options, Step } from './operations.ts';
import { controlOf } from './option-controls.ts';

export interface Fields {
  elements: HTMLElement[];
  /** What was set otherwise than it would be anyway. @throws PageError `not-yet` when a value is not allowed */
  values(): Record<string, string>;
  /** A second picture that was chosen for one of them. */
  file(): File | undefined;
  /** Writes values into their fields, as if a person had. @param settled that person is done with them */
  fill(values: Record<string, string>, settled: boolean): void;
}

/** `settled` once a person is done with a field, as on letting a slider go; `steps` when there are others. */
export type Change = 'typing' | 'sliding' | 'settled' | 'steps';
export type OnChange = (change: Change) => void;

let count = 0;

/** A field for each option of an operation, made of its schema. @param given values to begin with */
export function optionFields(options: Options, given: Step, onChange: OnChange): Fields {
  const controls = Object.entries(options).map(([name, schema]) => {
    const control = fieldOf(name, schema, given, onChange);
    return { name, standard: String(schema.default ?? ''), ...control };
  });
  const values = (): Record<string, string> => {
    const set = controls.map(({ name, standard, value }) => ({ name, standard, value: value() }));
    const own = set.filter(({ value, standard }) => value !== '' && value !== standard);
    return Object.fromEntries(own.map(({ name, value }) => [name, value]));
  };
  const fill = (texts: Record<string, string>, settled: boolean): void => {
    const named = controls.filter(({ name }) => texts[name] !== undefined);
    for (const { name, input } of named) {
      if (input.value === texts[name]) continue;
      input.value = texts[name] ?? '';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
    // Once for all of them: together they are one change that can be undone.
    if (settled) named.at(-1)?.input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const file = (): File | undefined => controls.map((control) => control.file?.()).find(Boolean);
  return { elements: controls.map(({ element }) => element), values, file, fill };
}

function fieldOf(name: string, schema: OptionSchema, given: Step, onChange: OnChange) {
  count += 1;
  const id = `option-${count}`;
  const text = optionText(given.name, name);
  const unit = unitText(schema.unit);
  const start = given.options[name] ?? String(schema.default ?? '');
  const { control, value, beside, wide, file } = controlOf({ id, schema, text, start, file: given.file });
  const input = (control.matches('input, select') ? control : control.querySelector('input')) as HTMLInputElement;
  const description = text.hint ?? schema.description ?? '';
  const hint = description !== '' && el('small', { id: `${id}-hint` }, description);
  if (hint) input.setAttribute('aria-describedby', hint.id);
  const label = el('label', { for: id }, unit === '' ? text.title : `${text.title}, ${unit}`);
  const kind = schema.type === 'boolean' ? ' check' : wide ? ' wide' : '';
  const content = schema.type === 'boolean' ? [control, label, hint] : [label, control, beside, hint];
  const element = el('div', { class: `field${kind}` }, ...content);
  const isTyped = (target: EventTarget | null): boolean =>
    target instanceof HTMLInputElement && ['number', 'text', 'url'].includes(target.type);
  element.addEventListener('input', ({ target }) => onChange(isTyped(target) ? 'typing' : 'sliding'));
  element.addEventListener('change', () => onChange('settled'));
  return { element, value, input, ...(file && { file }) };
}
