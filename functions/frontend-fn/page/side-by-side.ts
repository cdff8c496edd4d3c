import { TEXTS } from '../texts.ts';
import { inWords } from '../verdict.ts';
import type { ClassificationState } from './classifications.ts';
import { openDialog } from './dialog.ts';
import { el } from './dom.ts';
import type { Picture } from './picture.ts';
import { ranking } from './ranking.ts';

/** Two pictures beside each other, each with what is in it. */
export function showSideBySide(pictures: readonly Picture[], stateOf: (picture: Picture) => ClassificationState): void {
  const { body } = openDialog(TEXTS.sheet.compareTitle, 'wide');
  body.classList.add('side-by-side');
  body.append(...pictures.map((picture) => side(picture, stateOf(picture))));
}

function side({ src, name }: Picture, { found }: ClassificationState): HTMLElement {
  const image = el('img', { src, alt: name });
  return el(
    'section',
    {},
    el('div', { class: 'frame' }, image),
    el('h3', {}, name),
    el('p', { class: 'verdict' }, found ? inWords(found.classification) : TEXTS.picture.waiting),
    found && ranking(found.classification),
  );
}
