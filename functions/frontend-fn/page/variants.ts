import { TEXTS } from '../texts.ts';
import { fileSize, milliseconds, pixels } from '../words.ts';
import { type Answer, latest } from './api.ts';
import { el } from './dom.ts';
import type { Step } from './operations.ts';
import { failed, isOld } from './page-error.ts';
import { extensionOf, type Picture, stemOf } from './picture.ts';
import { postPicture } from './upload.ts';

const { variants: words } = TEXTS;

/** Three copies that every picture gets at once, each from a function of its own. */
const VARIANTS: Record<'rotate' | 'resize' | 'grayscale', Record<string, string>> = {
  rotate: { angle: '90' },
  resize: { width: '240', height: '240' },
  grayscale: {},
};
type VariantName = keyof typeof VARIANTS;

export interface Variants {
  /** Has every copy of a picture made; the same picture twice is one. */
  make(picture: Picture): void;
  clear(): void;
}

type Use = (picture: Picture, step: Step, answer?: Answer) => void;

/**
 * @param onOpen a copy was chosen, to be worked on
 * @param onMade a copy is there
 */
export function variants(onOpen: Use, onMade: Use): Variants {
  let current: Picture | undefined;
  const tiles = (Object.keys(VARIANTS) as VariantName[]).map((name) => tile(name, () => current, onOpen, onMade));
  const clear = (): void => {
    current = undefined;
    for (const it of tiles) it.clear();
  };
  return {
    make(picture) {
      if (picture === current) return;
      clear();
      current = picture;
      for (const { run } of tiles) run();
    },
    clear,
  };
}

function tile(name: VariantName, picture: () => Picture | undefined, onOpen: Use, onMade: Use) {
  const element = document.querySelector(`[data-operation=${name}]`) as HTMLElement;
  const step: Step = { name, options: VARIANTS[name] };
  const title = words[name];
  const next = latest();
  let answer: Answer | undefined;
  const frame = el('button', { type: 'button', class: 'frame', 'aria-label': words.open(title) });
  const facts = el('div', { class: 'facts' });
  frame.addEventListener('click', () => {
    const source = picture();
    if (source) onOpen(source, step, answer);
  });
  element.querySelector('h3')?.after(frame, facts);

  const clear = (): void => {
    next();
    answer = undefined;
    empty(frame, facts);
  };
  const run = async (): Promise<void> => {
    clear();
    const signal = next();
    const source = picture();
    if (!source) return;
    frame.setAttribute('aria-busy', 'true');
    try {
      answer = await postPicture('transform', formOf(step), source, { accept: 'image/*', signal });
      const src = URL.createObjectURL(answer.body);
      frame.replaceChildren(el('img', { src, alt: words.alt(title) }));
      facts.replaceChildren(...factsOf(answer, src, source, title));
      onMade(source, step, answer);
    } catch (error) {
      if (isOld(error)) return;
      facts.replaceChildren(failed(error, () => void run()));
    }
    frame.removeAttribute('aria-busy');
  };
  return { run: () => void run(), clear };
}

function empty(frame: HTMLElement, facts: HTMLElement): void {
  const shown = frame.querySelector('img')?.src;
  if (shown) URL.revokeObjectURL(shown);
  frame.replaceChildren();
  facts.replaceChildren();
}

function formOf({ name, options }: Step): FormData {
  const form = new FormData();
  form.append('operation', name);
  for (const [option, value] of Object.entries(options)) form.append(option, value);
  return form;
}

function factsOf(answer: Answer, href: string, source: Picture, title: string): HTMLElement[] {
  const size = pixels(Number(answer.header('x-image-width')), Number(answer.header('x-image-height')));
  const download = `${stemOf(source)}-${title.toLowerCase()}.${extensionOf(answer.body.type)}`;
  const of = el('span', { class: 'visually-hidden' }, words.downloadOf(title));
  return [
    el('span', { class: 'size' }, size),
    el('a', { class: 'download', href, download }, words.download, of),
    el('span', {}, `${fileSize(answer.body.size)} · ${milliseconds(answer.durationMs)}`),
  ];
}
