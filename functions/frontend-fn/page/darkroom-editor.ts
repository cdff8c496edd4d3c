import { TEXTS } from '../texts.ts';
import { announce, button, el } from './dom.ts';
import { type History, history } from './history.ts';
import { chainText, operations, output, parseChain, type Step } from './operations.ts';
import { type Change, optionFields } from './option-fields.ts';
import { PRESETS, type Preset } from './presets.ts';
import { type StepTools, stepList } from './step-list.ts';

const { darkroom: words } = TEXTS;

/** What is to be done, and how the result is saved. */
export interface Chosen {
  /** Options of transform-fn. */
  query: Record<string, string>;
  steps: Step[];
}

export interface DarkroomEditor {
  element: HTMLElement;
  /** @throws PageError `not-yet` when a value is not allowed */
  read(): Chosen;
  /** The same for the same choice; empty where a value is not allowed. */
  key(): string;
  /** Begins anew with some steps; that can be undone. */
  replace(steps: readonly Step[]): void;
  /** The choice as one chain, whose last step is how it is saved. */
  text(): string;
  setText(chain: string): void;
}

interface State {
  steps: readonly Step[];
  saving: Record<string, string>;
}

/** The operation that saves a result. */
const SAVING = 'convert';

/** The steps, how the result is saved, presets, undo and redo. */
export function darkroomEditor(first: string, tools: StepTools, onChange: (change: Change) => void): DarkroomEditor {
  const fields = chosenFields(tools, changed);
  fields.become({ steps: [{ name: first, options: {} }], saving: {} });
  const past = history(fields.state(), (one, other) => keyOf(one) === keyOf(other));
  const back = undoButtons(past, (to) => {
    fields.become(to);
    back.update();
    onChange('steps');
  });
  function changed(change: Change): void {
    if (change === 'steps' || change === 'settled') remember();
    onChange(change);
  }
  function remember(): void {
    // What is not allowed is no state to go back to.
    const now = attempt(fields.state);
    if (now) past.push(now);
    back.update();
  }
  const setText = (chain: string): void => {
    fields.become(stateOf(chain));
    changed('steps');
  };
  return {
    element: panel(back, (preset) => setText(textOf(preset)), fields.elements),
    read: fields.read,
    key: () => attempt(() => keyOf(fields.state())) ?? '',
    replace(steps) {
      fields.replaceSteps(steps);
      remember();
    },
    text: () => attempt(fields.text) ?? '',
    setText,
  };
}

/** The steps, and how the result is saved. */
function chosenFields(tools: StepTools, onChange: (change: Change) => void) {
  const list = stepList(operations, onChange, tools);
  const saving = savingFields(onChange);
  return {
    elements: [list.element, saving.element],
    state: (): State => ({ steps: list.steps(), saving: saving.values() }),
    read: (): Chosen => ({ query: { chain: list.text(), ...saving.values() }, steps: list.steps() }),
    text: (): string => textOf({ chain: list.text(), saving: saving.values() }),
    replaceSteps: list.replace,
    become(state: State) {
      list.replace(state.steps);
      saving.replace(state.saving);
    },
  };
}

function panel(back: Undo, onPreset: (preset: Preset) => void, content: HTMLElement[]): HTMLElement {
  const head = el('div', { class: 'editor-head' }, presets(onPreset), back.element);
  const element = el('div', { class: 'panel chain' }, head, ...content);
  undoByKeys(element, back);
  return element;
}

function stateOf(chain: string): State {
  const steps = parseChain(chain, operations);
  const last = steps.at(-1)?.name === SAVING ? steps.pop() : undefined;
  return { steps, saving: last?.options ?? {} };
}

function textOf({ chain, saving = {} }: Preset): string {
  if (Object.keys(saving).length === 0) return chain;
  return [chain, chainText([{ name: SAVING, options: saving }])].filter(Boolean).join(';');
}

/** Nothing where a field has a value that is not allowed. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Two files of one name, size and time are one. */
function keyOf({ steps, saving }: State): string {
  const files = steps.map(({ file }) => file && [file.name, file.size, file.lastModified]);
  return JSON.stringify([steps.map(({ name, options }) => [name, options]), saving, files]);
}

/** How the result is saved. */
function savingFields(onChange: (change: Change) => void) {
  const box = el('div', { class: 'fields' });
  let fields = optionFields(output, { name: SAVING, options: {} }, onChange);
  const replace = (options: Record<string, string>): void => {
    fields = optionFields(output, { name: SAVING, options }, onChange);
    box.replaceChildren(...fields.elements);
  };
  replace({});
  const element = el('details', { class: 'more' }, el('summary', {}, words.saveAs), box);
  return { element, values: () => fields.values(), replace };
}

function presets(onChoose: (preset: Preset) => void): HTMLElement {
  const options = Object.entries(words.presets).map(([name, title]) => el('option', { value: name }, title));
  const control = el('select', { id: 'preset' }, el('option', { value: '' }, words.noPreset), ...options);
  control.addEventListener('change', () => {
    const chosen = PRESETS[control.value as keyof typeof PRESETS];
    control.value = '';
    if (chosen) onChoose(chosen);
  });
  return el('div', { class: 'field' }, el('label', { for: 'preset' }, words.preset), control);
}

interface Undo {
  element: HTMLElement;
  update(): void;
  undo(): void;
  redo(): void;
}

function undoButtons(past: History<State>, onGo: (state: State) => void): Undo {
  const go = (to: State | undefined, said: string): void => {
    if (!to) return;
    onGo(to);
    announce(said);
  };
  const undo = (): void => go(past.undo(), words.undone);
  const redo = (): void => go(past.redo(), words.redone);
  const [back, forth] = [
    button('↶', undo, { class: 'tool', 'aria-label': words.undo, title: words.undo }),
    button('↷', redo, { class: 'tool', 'aria-label': words.redo, title: words.redo }),
  ];
  const update = (): void => {
    back.disabled = !past.canUndo();
    forth.disabled = !past.canRedo();
  };
  update();
  const element = el('div', { class: 'undo', role: 'group', 'aria-label': words.undoGroup }, back, forth);
  return { element, update, undo, redo };
}

/** Ctrl or ⌘ with Z and Y; in a field for text they are the browser's own. */
function undoByKeys(element: HTMLElement, { undo, redo }: Undo): void {
  element.addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || (key !== 'z' && key !== 'y')) return;
    const isText = (event.target as Element).matches('input:not([type=range], [type=checkbox], [type=color])');
    if (isText) return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) redo();
    else undo();
  });
}
