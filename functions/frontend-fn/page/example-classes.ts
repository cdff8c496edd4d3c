import { TEXTS } from '../texts.ts';
import { PageError } from './api.ts';
import { button, byId, el } from './dom.ts';
import { type ExampleClass, exampleClass } from './example-class.ts';
import { type KeptClass, keepExamples, restoreExamples } from './example-store.ts';
import { pictureOf } from './picture.ts';

const { examples: words } = TEXTS;

/** As clip-fn takes them. */
const MOST_CLASSES = 32;
const MOST_EXAMPLES = 128;
/** Embeddings of example photos by class, as clip-fn reads them in JSON. */
export type Examples = Record<string, { embedding: string }[]>;

/**
 * Classes that are shown to the model by photos.
 * @param onChange called when a class or a photo came or went
 * @param onRestore called before classes come back that were here before a reload
 */
export function exampleClasses(onChange: () => void, onRestore: () => void): { read(): Examples } {
  const list = el('ul', { class: 'example-classes' });
  const classes = classList(list, () => {
    void keep();
    onChange();
  });
  const keep = async (): Promise<void> => {
    const kept = await Promise.all(classes.all().map((one) => one.kept()));
    await keepExamples(kept.some(({ photos }) => photos.length > 0) ? kept : []);
  };
  const add = (): void => {
    classes.add();
    adding.disabled = classes.all().length >= MOST_CLASSES;
  };
  const adding = button(words.add, add, { class: 'quiet' });
  const panel = el('div', { class: 'example-panel' }, el('p', { class: 'hint' }, words.intro), list, adding);
  list.addEventListener('click', () => {
    adding.disabled = classes.all().length >= MOST_CLASSES;
  });
  byId('examples').append(panel);
  add();
  add();
  void restoreExamples().then((kept) => {
    if (kept.length > 0) onRestore();
    return classes.restore(kept);
  });
  return { read: () => examplesOf(classes.all()) };
}

/** @throws PageError `not-yet` while there are fewer than two classes with photos */
function examplesOf(classes: readonly ExampleClass[]): Examples {
  const read: Examples = {};
  for (const one of classes) {
    const known = read[one.name()] ?? [];
    const all = [...known, ...one.embeddings().map((embedding) => ({ embedding }))];
    if (all.length > 0) read[one.name()] = all;
  }
  if (Object.keys(read).length < 2) throw new PageError(words.needed, 'not-yet');
  return read;
}

/** The classes that stand in a list. */
function classList(list: HTMLElement, onChange: () => void) {
  const classes = new Map<HTMLElement, ExampleClass>();
  const all = (): ExampleClass[] => [...classes.values()];
  const count = (): number => all().reduce((sum, one) => sum + one.embeddings().length, 0);
  const remove = (element: HTMLElement): void => {
    classes.delete(element);
    element.remove();
  };
  const add = (name = words.name(classes.size + 1)): ExampleClass => {
    const one = exampleClass({
      name,
      space: () => MOST_EXAMPLES - count(),
      onChange,
      onRemove: () => {
        remove(one.element);
        onChange();
      },
    });
    classes.set(one.element, one);
    list.append(one.element);
    return one;
  };
  /** Classes from before a reload, unless a person has begun anew. */
  const restore = async (kept: readonly KeptClass[]): Promise<void> => {
    if (kept.length === 0 || count() > 0) return;
    for (const { element } of all()) remove(element);
    await Promise.all(
      kept.map(({ name, photos }) => add(name).take(photos.map(({ blob, name }) => pictureOf(blob, name)))),
    );
  };
  return { all, add, restore };
}
