import { TEXTS } from '../texts.ts';
import { jsonOf, PageError, post } from './api.ts';
import { button, byId, el } from './dom.ts';
import { listError } from './error-list.ts';
import { type Picture, pictureOf } from './picture.ts';
import { thumbnail } from './thumbnails.ts';

const { examples: words } = TEXTS;

/** As clip-fn takes them. */
const MOST_CLASSES = 32;
const MOST_EXAMPLES = 128;
/** Photos of one request: few enough that a busy function answers in time. */
const AT_ONCE = 16;

/** Embeddings of example photos by class, as clip-fn reads them in JSON. */
export type Examples = Record<string, { embedding: string }[]>;

interface ExampleClass {
  name(): string;
  embeddings(): string[];
}

/** Classes that are shown to the model by photos. @param onChange called when a class or a photo came or went */
export function exampleClasses(onChange: () => void): { read(): Examples } {
  const classes = new Map<HTMLElement, ExampleClass>();
  const list = el('ul', { class: 'example-classes' });
  const count = (): number => [...classes.values()].reduce((sum, one) => sum + one.embeddings().length, 0);
  const add = (): void => {
    const one = exampleClass(
      classes.size + 1,
      () => MOST_EXAMPLES - count(),
      onChange,
      () => remove(one.element),
    );
    classes.set(one.element, one);
    list.append(one.element);
    adding.disabled = classes.size >= MOST_CLASSES;
  };
  const remove = (element: HTMLElement): void => {
    classes.delete(element);
    element.remove();
    adding.disabled = false;
    onChange();
  };
  const adding = button(words.add, add, { class: 'quiet' });
  const panel = el('div', { class: 'example-panel' }, el('p', { class: 'hint' }, words.intro), list, adding);
  byId('examples').append(panel);
  add();
  add();
  return {
    /** @throws PageError `not-yet` while there are fewer than two classes with photos */
    read() {
      const read: Examples = {};
      for (const one of classes.values()) {
        const known = read[one.name()] ?? [];
        const all = [...known, ...one.embeddings().map((embedding) => ({ embedding }))];
        if (all.length > 0) read[one.name()] = all;
      }
      if (Object.keys(read).length < 2) throw new PageError(words.needed, 'not-yet');
      return read;
    },
  };
}

/** @param space how many more photos may come */
function exampleClass(number: number, space: () => number, onChange: () => void, onRemove: () => void) {
  const embeddings = new Map<Picture, string>();
  const name = el('input', { type: 'text', maxlength: 200, value: words.name(number), 'aria-label': words.nameField });
  const photos = el('ul', { class: 'examples' });
  const status = el('p', { class: 'hint', role: 'status' });
  const id = `examples-${number}-${Date.now()}`;
  const field = el('input', { type: 'file', accept: 'image/*', multiple: true, class: 'file', id });
  const choose = el('label', { class: 'quiet', for: id }, words.photos);
  const away = button('×', onRemove, { class: 'plain', 'aria-label': words.remove });
  const head = el('div', { class: 'joined' }, name, choose, field, away);
  const element = el('li', { class: 'example-class', 'data-takes-photos': true }, head, photos, status);
  const take = async (files: Iterable<File>): Promise<void> => {
    const pictures = [...files].slice(0, space()).map((file) => pictureOf(file, file.name));
    status.textContent = words.reading;
    try {
      for (const [picture, embedding] of await embed(pictures, new AbortController().signal)) {
        embeddings.set(picture, embedding);
        photos.append(example(picture, () => forget(picture)));
      }
    } catch (error) {
      listError({ message: error instanceof PageError ? error.message : TEXTS.trouble.wrongAnswer, place: status });
    }
    status.textContent = words.count(embeddings.size);
    onChange();
  };
  const forget = (picture: Picture): void => {
    embeddings.delete(picture);
    status.textContent = words.count(embeddings.size);
    onChange();
  };
  name.addEventListener('change', onChange);
  field.addEventListener('change', () => {
    void take([...(field.files ?? [])]);
    field.value = '';
  });
  element.addEventListener('drop', (event) => void take(event.dataTransfer?.files ?? []));
  return { element, name: () => name.value.trim() || words.name(number), embeddings: () => [...embeddings.values()] };
}

function example(picture: Picture, onForget: () => void): HTMLElement {
  const item = el('li', {}, el('img', { src: picture.src, alt: picture.name }));
  const away = (): void => {
    item.remove();
    URL.revokeObjectURL(picture.src);
    onForget();
  };
  item.append(button('×', away, { class: 'corner', 'aria-label': TEXTS.picture.remove(picture.name) }));
  return item;
}

interface Embeddings {
  pictures: { image?: number[]; problem?: { detail: string } }[];
}

/** @throws PageError where a photo cannot be read */
async function embed(pictures: Picture[], signal: AbortSignal): Promise<[Picture, string][]> {
  const found: [Picture, string][] = [];
  for (let from = 0; from < pictures.length; from += AT_ONCE) {
    const batch = pictures.slice(from, from + AT_ONCE);
    const form = new FormData();
    const small = await Promise.all(batch.map(thumbnail));
    for (const [index, blob] of small.entries()) form.append('images', blob, String(index));
    const { body } = await post('embed', form, { accept: 'application/json', signal });
    const { pictures: answers } = await jsonOf<Embeddings>(body, (value) => Array.isArray(value.pictures));
    for (const [index, { image, problem }] of answers.entries()) {
      const picture = batch[index] as Picture;
      if (problem) throw new PageError(TEXTS.picture.about(picture.name, problem.detail), 'not-a-picture');
      if (image) found.push([picture, base64(new Uint8Array(new Float32Array(image).buffer))]);
    }
  }
  return found;
}

/** Bytes as base64; a few thousand at a time, for a call has only so many arguments. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}
