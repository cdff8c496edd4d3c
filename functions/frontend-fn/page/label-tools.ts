import { splitLabels } from '../label-text.ts';
import { TEXTS } from '../texts.ts';
import type { Chips } from './chips.ts';
import { announce, button, el, onEnter, save } from './dom.ts';
import { keepOwnSets, labelsInJson, type OwnSet, onOwnSetsChanged, readOwnSets, setFile } from './own-sets.ts';

const { labelTools: words } = TEXTS;

/** A file with more bytes than that is no list of labels. */
const LARGEST_FILE = 1_000_000;

export interface LabelTools {
  element: HTMLElement;
  /** The labels are others: tools for a list appear with the list. */
  update(): void;
}

/**
 * What can be done with all labels at once: clear, import, export, keep as a set, take a kept set.
 * @param onChange called after the labels were changed here
 */
export function labelTools(own: Chips, onChange: () => void): LabelTools {
  let title: string = words.untitled;
  const { element: note, say } = noteLine();
  const put = (labels: readonly string[]): void => {
    own.replace(labels);
    update();
    onChange();
  };
  /** Other labels, and a way back to those that were there. */
  const swap = (labels: readonly string[], sentence: string): void => {
    const before = own.values();
    put(labels);
    say(sentence, before.length > 0 ? () => put(before) : undefined);
  };
  const kept = keptSets(({ name, labels }) => {
    title = name;
    swap(labels, words.opened(name, labels.length));
  }, say);
  const keeping = keepForm((name) => {
    title = name;
    kept.keep({ name, labels: own.values() });
  });
  const importing = importButton((labels) => {
    say(words.imported(labels.length));
    if (own.add(labels)) put(own.values());
  }, say);
  const toFile = (): void => save(setFile({ name: title, labels: own.values() }), 'labels.json');
  const exporting = button(words.export, toFile, { class: 'quiet' });
  const clearing = button(words.clear, () => swap([], words.cleared), { class: 'quiet' });
  const update = (): void => {
    const isEmpty = own.values().length === 0;
    for (const element of [clearing, exporting, keeping]) element.hidden = isEmpty;
  };
  update();
  const actions = el('div', { class: 'actions' }, clearing, keeping, ...importing, exporting);
  return { element: el('div', { class: 'label-tools' }, note, actions, kept.element), update };
}

type Say = (sentence: string, undo?: () => void) => void;

/** A line that says what was done, and takes it back where that can be. */
function noteLine(): { element: HTMLElement; say: Say } {
  const element = el('p', { class: 'hint', role: 'status' });
  const say: Say = (sentence, undo) => {
    const takeBack = (): void => {
      undo?.();
      say(words.undone);
    };
    element.replaceChildren(sentence, ' ', undo ? button(words.undo, takeBack, { class: 'plain' }) : '');
  };
  return { element, say };
}

/** The sets that this browser keeps. */
function keptSets(onOpen: (set: OwnSet) => void, say: Say) {
  const element = el('ul', { class: 'kept-sets', 'aria-label': words.kept });
  const write = (sets: OwnSet[], sentence: string, undo?: () => void): void => {
    const isKept = keepOwnSets(sets);
    say(isKept ? sentence : words.notKept, isKept ? undo : undefined);
    draw();
  };
  const without = (name: string): OwnSet[] => readOwnSets().filter((set) => set.name !== name);
  const forget = ({ name }: OwnSet): void => {
    const before = readOwnSets();
    write(without(name), words.forgotten(name), () => write(before, words.undone));
  };
  const draw = (): void => {
    const sets = readOwnSets();
    element.replaceChildren(
      ...sets.map((set) =>
        keptSet(
          set,
          () => onOpen(set),
          () => forget(set),
        ),
      ),
    );
  };
  onOwnSetsChanged(draw);
  draw();
  return { element, keep: (set: OwnSet) => write([...without(set.name), set], words.saved(set.name)) };
}

function keptSet({ name, labels }: OwnSet, onOpen: () => void, onForget: () => void): HTMLElement {
  const open = button(words.named(name, labels.length), onOpen, { class: 'quiet' });
  return el('li', {}, open, button('×', onForget, { class: 'plain', 'aria-label': words.forget(name) }));
}

/** A button, and in its place the field for a name once it is pressed. */
function keepForm(onSave: (name: string) => void): HTMLElement {
  const field = el('input', { type: 'text', maxlength: 60, 'aria-label': words.name, placeholder: words.name });
  const box = el('span', { class: 'joined' });
  const close = (): void => {
    box.replaceChildren(open);
    open.focus();
  };
  const confirm = button(words.save, () => finish(), { class: 'quiet' });
  const finish = (): void => {
    const name = field.value.trim();
    const isTaken = readOwnSets().some((set) => set.name === name);
    if (name === '') field.focus();
    else if (isTaken && confirm.textContent === words.save) confirm.textContent = words.replace(name);
    else {
      onSave(name);
      close();
    }
  };
  const open = button(
    words.keep,
    () => {
      confirm.textContent = words.save;
      box.replaceChildren(field, confirm, button(words.cancel, close, { class: 'plain' }));
      field.focus();
    },
    { class: 'quiet' },
  );
  field.addEventListener('input', () => {
    confirm.textContent = words.save;
  });
  onEnter(field, finish);
  box.append(open);
  return box;
}

/** Reads labels from a file: JSON, or a text with one on each line or between commas. */
function importButton(onLabels: (labels: string[]) => void, say: (sentence: string) => void): HTMLElement[] {
  const accept = '.txt,.csv,.tsv,.json,text/plain,text/csv,application/json';
  const field = el('input', { type: 'file', accept, class: 'file', id: 'import-labels', 'aria-label': words.import });
  field.addEventListener('change', () => {
    const [file] = field.files ?? [];
    if (file) void labelsIn(file).then((labels) => (typeof labels === 'string' ? say(labels) : onLabels(labels)));
    field.value = '';
  });
  return [el('label', { class: 'quiet', for: 'import-labels' }, words.import), field];
}

/** @returns the labels, or in a sentence why there are none */
async function labelsIn(file: File): Promise<string[] | string> {
  if (file.size > LARGEST_FILE) return words.tooLarge(file.name);
  const text = (await file.text()).replace(/^\uFEFF/, '');
  const isJson = /\.json$/i.test(file.name) || /^\s*[[{]/.test(text);
  const labels = isJson ? labelsInJson(text) : splitLabels(text);
  if (!labels) return words.notLabels(file.name);
  announce(words.imported(labels.length));
  return labels.length > 0 ? labels : words.noneIn(file.name);
}
