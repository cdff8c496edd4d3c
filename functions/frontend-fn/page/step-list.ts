import { operationTitle, TEXTS } from '../texts.ts';
import { announce, button, el } from './dom.ts';
import { makeDraggable } from './drag.ts';
import { chainText, type Kinds, parseChain, type Step } from './operations.ts';
import { type Fields, type OnChange, optionFields } from './option-fields.ts';

const { darkroom: words } = TEXTS;

export interface StepList {
  element: HTMLElement;
  /** In their order. @throws PageError `not-yet` when a value is not allowed */
  steps(): Step[];
  replace(steps: readonly Step[]): void;
  /** The steps as a chain, such as a URL may hold. @throws PageError `not-yet` when a value is not allowed */
  text(): string;
  /** Begins anew with the steps of such a chain; what is no step is left out. */
  setText(chain: string): void;
}

/** What a step offers besides its fields, such as to choose on the picture. @param place in the list */
export type StepTools = (name: string, fields: Fields, place: () => number) => HTMLElement | undefined;

/**
 * A list of steps, each with the fields of its options; steps are added, removed and put in
 * another order, by buttons, by keys (Alt and an arrow) and by dragging. The order on the page is the order.
 */
export function stepList(kinds: Kinds, onChange: OnChange, tools: StepTools = () => undefined): StepList {
  const list = el('ol', { class: 'steps', 'aria-label': words.steps });
  const changed = (): void => {
    number(list);
    onChange('steps');
  };
  const { add, steps } = stepItems(list, { kinds, onChange, tools, changed });
  makeDraggable(list, '.grip', changed);
  const adding = adders(Object.keys(kinds), (name) => {
    const item = add({ name, options: {} });
    announce(words.added(operationTitle(name), list.children.length));
    changed();
    item.querySelector<HTMLElement>('.fields input, .fields select')?.focus({ preventScroll: true });
    item.querySelector<HTMLElement>('[data-on-add]')?.click();
  });
  const replace = (given: readonly Step[]): void => {
    list.replaceChildren();
    for (const step of given) add(step);
    number(list);
  };
  return {
    element: el('div', { class: 'step-list' }, list, adding),
    steps,
    replace,
    text: () => chainText(steps()),
    setText: (chain) => replace(parseChain(chain, kinds)),
  };
}

interface Items {
  kinds: Kinds;
  onChange: OnChange;
  tools: StepTools;
  /** There are others, or in another order. */
  changed(): void;
}

/** The steps that stand in a list, with their fields. */
function stepItems(list: HTMLElement, { kinds, onChange, tools, changed }: Items) {
  const fields = new WeakMap<Element, Fields & { name: string }>();
  const placeOf = (item: HTMLElement): number => [...list.children].indexOf(item);
  const add = (step: Step): HTMLElement => {
    const kind = kinds[step.name];
    const made = optionFields(kind?.options ?? {}, step, onChange);
    const item = itemOf(step.name, kind?.summary ?? '', made, changed);
    const tool = tools(step.name, made, () => placeOf(item));
    if (tool) item.querySelector('.step-head')?.after(tool);
    fields.set(item, { ...made, name: step.name });
    list.append(item);
    return item;
  };
  /** In their order. @throws PageError `not-yet` when a value is not allowed */
  const steps = (): Step[] =>
    [...list.children].flatMap((item) => {
      const known = fields.get(item);
      return known ? [{ name: known.name, options: known.values(), file: known.file() }] : [];
    });
  return { add, steps };
}

/** A button for each kind of step. */
function adders(names: string[], onAdd: (name: string) => void): HTMLElement {
  const buttons = names.map((name) => {
    const title = operationTitle(name);
    const attributes = { class: 'adder', 'aria-label': words.addStep(title), 'data-add': name };
    return button(title, () => onAdd(name), attributes);
  });
  return el('div', { class: 'adders', role: 'group', 'aria-label': words.add }, ...buttons);
}

/** The first has no way up, the last none down. */
function number(list: HTMLElement): void {
  const items = [...list.children];
  for (const [index, item] of items.entries()) {
    item.querySelector('[data-move=up]')?.toggleAttribute('disabled', index === 0);
    item.querySelector('[data-move=down]')?.toggleAttribute('disabled', index === items.length - 1);
  }
}

type Direction = 'up' | 'down';

/** Puts a step before or after its neighbour; the first and the last stay where they are. */
function moveStep(item: HTMLElement, direction: Direction, changed: () => void): void {
  const other = direction === 'up' ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  const focused = document.activeElement;
  if (direction === 'up') other.before(item);
  else other.after(item);
  changed();
  // Moving an element takes the focus away from what is in it; a button at the end of its way hands it to the other.
  if (focused instanceof HTMLElement && item.contains(focused)) focused.focus();
  if (document.activeElement === document.body) item.querySelector<HTMLElement>('[data-move]:enabled')?.focus();
  const all = [...(item.parentElement?.children ?? [])];
  announce(words.moved(operationTitle(item.dataset.step ?? ''), all.indexOf(item) + 1, all.length));
}

function itemOf(name: string, summary: string, { elements }: Fields, changed: () => void): HTMLElement {
  const title = operationTitle(name);
  const item = el('li', { class: 'step', 'data-step': name });
  const move = (direction: Direction): void => moveStep(item, direction, changed);
  const remove = (): void => {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    const list = item.parentElement?.parentElement;
    item.remove();
    announce(words.removed(title));
    changed();
    (next?.querySelector<HTMLElement>('[data-remove]') ?? list?.querySelector<HTMLElement>('.adder'))?.focus();
  };
  item.addEventListener('keydown', (event) => {
    if (!event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
    event.preventDefault();
    move(event.key === 'ArrowUp' ? 'up' : 'down');
  });
  const head = el(
    'div',
    { class: 'step-head' },
    el('span', { class: 'grip', 'aria-hidden': 'true' }, '⠿'),
    el('strong', { title: summary }, title),
    button('↑', () => move('up'), { class: 'tool', 'data-move': 'up', 'aria-label': words.up(title) }),
    button('↓', () => move('down'), { class: 'tool', 'data-move': 'down', 'aria-label': words.down(title) }),
    button('×', remove, { class: 'tool', 'data-remove': true, 'aria-label': words.remove(title) }),
  );
  item.append(head);
  if (elements.length > 0) item.append(el('div', { class: 'fields' }, ...elements));
  return item;
}
