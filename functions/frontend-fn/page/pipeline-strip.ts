import { inOneLine, judged } from '#contract/classification';
import { TEXTS } from '../texts.ts';
import { fileSize, percent, pixels } from '../words.ts';
import { mayBeClear } from './compare.ts';
import { el } from './dom.ts';
import type { Picture } from './picture.ts';
import type { PictureEvent, StepEvent } from './run.ts';

const { pipeline: words } = TEXTS;

/** One picture's way through a pipeline: what it was after each step, and what it is in the end. */
export interface PipelineStrip {
  element: HTMLElement;
  step(event: StepEvent): void;
  done(event: PictureEvent): void;
  /** Frees the pictures that came out. */
  free(): void;
}

export function pipelineStrip(picture: Picture): PipelineStrip {
  const original = stop(picture.src, picture.blob.type, words.original, fileSize(picture.blob.size));
  const list = el('ol', { class: 'strip' }, original);
  const result = el('p', { class: 'strip-result' });
  const made: string[] = [];
  return {
    element: el('section', { class: 'picture-strip' }, el('h3', {}, picture.name), list, result),
    step(event) {
      if (!event.image || event.error) return;
      const type = event.contentType ?? 'image/png';
      const src = URL.createObjectURL(blobOf(event.image, type));
      made.push(src);
      const facts = `${pixels(event.width, event.height)} · ${fileSize(event.bytes)}`;
      list.append(stop(src, type, event.name, facts));
    },
    done({ labels = [], error, ...said }) {
      if (error) result.replaceChildren(el('span', { class: 'trouble' }, error.detail));
      else if (labels.length > 0)
        result.replaceChildren(el('strong', {}, inOneLine({ labels, ...judged(said) }, percent)));
    },
    free() {
      for (const src of made) URL.revokeObjectURL(src);
    },
  };
}

function stop(src: string, type: string, name: string, facts: string): HTMLElement {
  const image = el('img', { src, alt: name === words.original ? words.original : words.step(name) });
  return el(
    'li',
    {},
    el(
      'figure',
      {},
      el('div', { class: mayBeClear(type) ? 'frame clear' : 'frame' }, image),
      el('figcaption', {}, name, el('small', {}, facts)),
    ),
  );
}

function blobOf(base64: string, type: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], { type });
}
