import { TEXTS } from '../texts.ts';
import { PageError } from './api.ts';
import { readable } from './convert.ts';
import { button, el } from './dom.ts';
import { embed } from './embeddings.ts';
import { listError } from './error-list.ts';
import type { KeptClass } from './example-store.ts';
import { type Picture, pictureOf } from './picture.ts';
import { thumbnail } from './thumbnails.ts';

const { examples: words } = TEXTS;

export interface ExampleClass {
  element: HTMLElement;
  name(): string;
  embeddings(): string[];
  /** Takes photos as examples; those that cannot be read are listed as errors. */
  take(pictures: readonly Picture[]): Promise<void>;
  /** What is kept of it over a reload: its name, and its photos as small as the model looks at them. */
  kept(): Promise<KeptClass>;
}

interface Rules {
  name: string;
  /** How many more photos may come. */
  space(): number;
  onChange(): void;
  onRemove(): void;
}

let count = 0;

/** One class with its name and its photos. */
export function exampleClass({ name: first, space, onChange, onRemove }: Rules): ExampleClass {
  const examples = new Map<Picture, string>();
  const name = el('input', { type: 'text', maxlength: 200, value: first, 'aria-label': words.nameField });
  const photos = el('ul', { class: 'examples' });
  const status = el('p', { class: 'hint', role: 'status' });
  const head = el('div', { class: 'joined' }, name, ...chooser((files) => void bring(files)));
  head.append(button('×', onRemove, { class: 'plain', 'aria-label': words.remove }));
  const element = el('li', { class: 'example-class', 'data-takes-photos': true }, head, photos, status);
  const say = (): void => {
    status.textContent = words.count(examples.size);
    onChange();
  };
  const forget = (picture: Picture): void => {
    examples.delete(picture);
    say();
  };
  const take = async (pictures: readonly Picture[]): Promise<void> => {
    status.textContent = words.reading;
    for (const [picture, embedding] of await embeddingsOf(pictures.slice(0, space()), status)) {
      examples.set(picture, embedding);
      photos.append(example(picture, () => forget(picture)));
    }
    say();
  };
  const bring = async (files: Iterable<File>): Promise<void> => take(await picturesOf([...files], status));
  name.addEventListener('change', onChange);
  element.addEventListener('drop', (event) => void bring(event.dataTransfer?.files ?? []));
  const nameNow = (): string => name.value.trim() || first;
  return {
    element,
    take,
    name: nameNow,
    embeddings: () => [...examples.values()],
    kept: async () => ({ name: nameNow(), photos: await Promise.all([...examples.keys()].map(small)) }),
  };
}

/** Embeddings of the photos that can be read; what is wrong with the others is listed. */
async function embeddingsOf(pictures: readonly Picture[], place: HTMLElement): Promise<Map<Picture, string>> {
  const fail = (message: string): void => listError({ message, place });
  try {
    const { embeddings, problems } = await embed(pictures);
    problems.forEach(fail);
    return embeddings;
  } catch (error) {
    fail(error instanceof PageError ? error.message : TEXTS.trouble.wrongAnswer);
    return new Map();
  }
}

async function small(picture: Picture): Promise<KeptClass['photos'][number]> {
  return { blob: await thumbnail(picture), name: picture.name };
}

/** A button that opens the chooser of files. */
function chooser(onFiles: (files: File[]) => void): HTMLElement[] {
  count += 1;
  const id = `examples-${count}`;
  const field = el('input', { type: 'file', accept: 'image/*', multiple: true, class: 'file', id });
  field.addEventListener('change', () => {
    onFiles([...(field.files ?? [])]);
    field.value = '';
  });
  return [el('label', { class: 'quiet', for: id }, words.photos), field];
}

/** Files as pictures that the function takes; what the browser cannot convert is listed as an error. */
async function picturesOf(files: File[], place: HTMLElement): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const file of files) {
    try {
      pictures.push(pictureOf(await readable(file), file.name));
    } catch (error) {
      const message = error instanceof PageError ? error.message : TEXTS.picture.unreadable;
      listError({ message: TEXTS.picture.about(file.name, message), place });
    }
  }
  return pictures;
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
