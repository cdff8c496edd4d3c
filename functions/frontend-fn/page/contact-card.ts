import { TEXTS } from '../texts.ts';
import { inWords } from '../verdict.ts';
import { percent } from '../words.ts';
import type { ClassificationState } from './classifications.ts';
import { bar, button, el, set } from './dom.ts';
import type { Picture } from './picture.ts';
import { thumbnail } from './thumbnails.ts';

const { picture: words, sheet } = TEXTS;

/** Labels on a card beside the best one. */
const RUNNERS_UP = 2;

export interface Card {
  element: HTMLElement;
  /** Shows the picture. */
  open: HTMLButtonElement;
  /** Draws what is known of the picture. */
  fill(state: ClassificationState): void;
  /** Its place among what was found by words, from 1; none where nothing is looked for. */
  place(place: number | undefined): void;
  mark(isMarked: boolean): void;
  /** Frees what it has made. */
  free(): void;
}

/** One picture of the sheet, small, with what is in it. */
export function contactCard(picture: Picture, on: Record<'open' | 'remove' | 'mark', () => void>): Card {
  const result = el('span', { class: 'result' });
  const match = el('span', { class: 'match', hidden: true });
  const thumb = el('span', { class: 'thumb' });
  const open = button(thumb, on.open, { class: 'open', tabindex: -1 });
  open.append(el('span', { class: 'name' }, picture.name), match, result);
  const marking = button('⇄', on.mark, {
    class: 'corner left',
    'aria-label': sheet.mark(picture.name),
    'aria-pressed': 'false',
    tabindex: -1,
  });
  const away = button('×', on.remove, { class: 'corner', 'aria-label': words.remove(picture.name), tabindex: -1 });
  const element = el('li', {}, open, marking, away);
  let src: string | undefined;
  void thumbnail(picture).then((blob) => {
    src = URL.createObjectURL(blob);
    thumb.append(el('img', { src, alt: '' }));
  });
  return {
    element,
    open,
    fill: (state) => fill(element, result, state),
    place(place) {
      match.hidden = place === undefined;
      match.textContent = place === undefined ? '' : sheet.match(place);
    },
    mark: (isMarked) => set(marking, { 'aria-pressed': String(isMarked) }),
    free: () => src && URL.revokeObjectURL(src),
  };
}

/** The answer in words, the best label's bar and the next two labels; or how things stand. */
function fill(element: HTMLElement, result: HTMLElement, { found, busy, error }: ClassificationState): void {
  set(element, { 'aria-busy': busy ? 'true' : undefined });
  if (error?.notYet) return;
  if (!found) {
    result.replaceChildren(el('span', {}, error ? error.message : words.waiting));
    return;
  }
  const { state, labels } = found.classification;
  const [best, ...others] = labels;
  const next = others.slice(0, RUNNERS_UP).map(({ label, score }) => el('small', {}, `${label} ${percent(score)}`));
  const share = state === 'none' ? 0 : (best?.score ?? 0);
  result.replaceChildren(
    el('span', { class: 'said' }, inWords(found.classification)),
    el('span', { class: 'share' }, bar([{ length: share }]), percent(share)),
    ...next,
  );
}
