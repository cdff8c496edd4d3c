import { fileSize, pixels } from '../words.ts';
import { type Answer, latest, post, Trouble } from './api.ts';
import { byId, debounced, el } from './dom.ts';
import type { Picture } from './picture.ts';
import { TEXTS } from './texts.ts';
import { isOld, troubleBox } from './trouble.ts';

export interface Copies {
  /** Has every copy of a picture made; the same picture twice is one. */
  make(picture: Picture): void;
  clear(): void;
}

/** The tiles beside the original: each one an operation with its options and what came of it. */
export function copies(): Copies {
  let current: Picture | undefined;
  const tiles = [...document.querySelectorAll<HTMLElement>('[data-operation]')].map((element) =>
    tile(element, () => current),
  );
  byId('format').addEventListener('change', () => {
    for (const { run } of tiles) run();
  });
  const clear = (): void => {
    current = undefined;
    for (const it of tiles) it.clear();
  };
  const make = (picture: Picture): void => {
    if (picture === current) return;
    clear();
    current = picture;
    for (const { run } of tiles) run();
  };
  return { make, clear };
}

interface Tile {
  run(): void;
  clear(): void;
}

function tile(element: HTMLElement, picture: () => Picture | undefined): Tile {
  const operation = element.dataset.operation ?? '';
  const next = latest();
  const frame = el('div', { class: 'frame' });
  const facts = el('p', { class: 'facts' });
  element.querySelector('h3')?.after(frame, facts);
  const fields = [...element.querySelectorAll<HTMLInputElement | HTMLSelectElement>('.controls [name]')];

  const run = async (): Promise<void> => {
    const signal = next();
    const source = picture();
    if (!source) return;
    frame.setAttribute('aria-busy', 'true');
    try {
      const answer = await post('transform', formOf(operation, fields, source), { accept: 'image/*', signal });
      showCopy(frame, facts, operation, source, answer);
    } catch (error) {
      if (isOld(error)) return;
      empty(frame, facts);
      frame.append(troubleBox(error, (error as Trouble).code === 'not-yet' ? undefined : () => void run()));
    }
    frame.removeAttribute('aria-busy');
  };
  const soon = debounced(() => void run(), 300);
  for (const field of fields) field.addEventListener('input', soon);
  reveal(element);
  return {
    run: () => void run(),
    clear: () => {
      next();
      empty(frame, facts);
    },
  };
}

/** The colour of the corners matters only where there are corners. */
function reveal(element: HTMLElement): void {
  const angle = element.querySelector<HTMLInputElement>('#angle');
  const corners = element.querySelector<HTMLElement>('.corners');
  if (!angle || !corners) return;
  const update = (): void => {
    corners.hidden = Number(angle.value) % 90 === 0;
  };
  angle.addEventListener('input', update);
  update();
}

function formOf(operation: string, fields: (HTMLInputElement | HTMLSelectElement)[], picture: Picture): FormData {
  const form = new FormData();
  form.append('operation', operation);
  for (const field of fields) {
    if (!field.checkValidity()) throw new Trouble(field.validationMessage, 'not-yet');
    if (field.value !== '') form.append(field.name, field.value);
  }
  const format = byId<HTMLSelectElement>('format').value;
  if (format) form.append('format', format);
  form.append('image', picture.blob, picture.name);
  return form;
}

function showCopy(frame: HTMLElement, facts: HTMLElement, operation: string, source: Picture, answer: Answer): void {
  empty(frame, facts);
  const address = URL.createObjectURL(answer.body);
  frame.append(el('img', { src: address, alt: TEXTS.copyAlt[operation] ?? '' }));
  const size = pixels(Number(answer.header('x-image-width')), Number(answer.header('x-image-height')));
  const name = `${source.name.replace(/\.[^.]*$/, '')}-${TEXTS.suffix[operation]}.${extension(answer.body.type)}`;
  facts.append(
    el('span', { class: 'size' }, size),
    el('a', { class: 'download', href: address, download: name }, TEXTS.download),
    el('span', {}, `${fileSize(answer.body.size)} · ${TEXTS.took(answer.took)}`),
  );
}

function empty(frame: HTMLElement, facts: HTMLElement): void {
  const shown = frame.querySelector('img')?.src;
  if (shown) URL.revokeObjectURL(shown);
  frame.replaceChildren();
  facts.replaceChildren();
}

function extension(type: string): string {
  return type === 'image/jpeg' ? 'jpg' : type.replace(/^image\//, '');
}
