import { type Classification, inOneLine, remarkOn, verdictOf } from '#contract/classification';
import { TEXTS } from '../texts.ts';
import { percent, pixels } from '../words.ts';
import type { PageError } from './api.ts';
import type { ClassificationState, Found } from './classifications.ts';
import { announce, bar, byId, el, set } from './dom.ts';
import { reportForm } from './feedback.ts';
import { modelLink } from './model-card.ts';
import { errorBox } from './page-error.ts';
import type { Picture } from './picture.ts';

const { results: words } = TEXTS;

export interface ResultsPanel {
  /** Shows what is known of the picture that is looked at. */
  show(picture: Picture, state: ClassificationState): void;
  clear(): void;
}

/** The ranked table of what is in the picture. @param again looks once more */
export function resultsPanel(again: (picture: Picture) => void): ResultsPanel {
  const box = byId('results');
  let shown: Found | undefined;
  const showAnswer = (picture: Picture, found: Found, isLast: boolean): void => {
    if (found === shown) return;
    shown = found;
    box.replaceChildren(...answerOf(picture, found));
    if (isLast) tell(found.classification);
  };
  const showGhosts = (): void => {
    shown = undefined;
    if (!box.querySelector('.ghosts')) box.replaceChildren(ghosts());
  };
  const showFailure = (picture: Picture, error: PageError): void => {
    shown = undefined;
    box.replaceChildren(errorBox(error, () => again(picture)));
  };
  return {
    show(picture, { found, busy, error }) {
      const notYet = error?.notYet ? error : undefined;
      set(box, { 'aria-busy': busy || notYet ? 'true' : undefined });
      if (error && !notYet) showFailure(picture, error);
      else if (found) showAnswer(picture, found, !busy);
      else showGhosts();
      showProgress(box, busy);
      showNotYet(box, notYet);
    },
    clear() {
      shown = undefined;
      box.removeAttribute('aria-busy');
      box.replaceChildren();
    },
  };
}

/** Room for the answer in words and five rows until the first answer, so that nothing jumps. */
function ghosts(): HTMLElement {
  const rows = Array.from({ length: 5 }, () => el('div', { class: 'ghost' }));
  return el('div', { class: 'ghosts', 'aria-hidden': 'true' }, ...rows);
}

/** What has to be chosen before there can be an answer. */
function showNotYet(box: HTMLElement, error: PageError | undefined): void {
  box.querySelector('.not-yet')?.remove();
  if (error) box.append(el('p', { class: 'not-yet waiting', role: 'status' }, error.message));
}

/** How far it is, in the line where the timings will stand. */
function showProgress(box: HTMLElement, busy: ClassificationState['busy']): void {
  let line = box.querySelector('.progress');
  if (!busy) {
    line?.remove();
    return;
  }
  if (!line) {
    line = el(
      'div',
      { class: 'waiting progress' },
      el('progress', { max: 1, 'aria-label': words.looking }),
      el('span'),
    );
    // Over the last answer's facts where there is one, so that nothing jumps.
    (box.querySelector('.below') ?? box).append(line);
  }
  const [progress, text] = [line.querySelector('progress'), line.querySelector('span')];
  const sentence = busy.slow ? words.starting : busy.share < 1 ? words.uploading(busy.share) : words.looking;
  if (text && text.textContent !== sentence) text.textContent = sentence;
  if (busy.share < 1) progress?.setAttribute('value', String(busy.share));
  else progress?.removeAttribute('value');
}

function answerOf(picture: Picture, { classification, inside, durationMs, sent }: Found): HTMLElement[] {
  const facts = el('p', { class: 'facts' }, modelLink(classification.model), ` · ${words.times(inside, durationMs)}`);
  const report = reportForm(picture, classification);
  return [
    verdictOn(classification),
    ranking(classification),
    el('div', { class: 'below' }, facts, ...(report ? [report] : [])),
    ...(sent
      ? [el('p', { class: 'hint' }, words.smaller(pixels(sent.width, sent.height), sent.blob.size, picture.blob.size))]
      : []),
  ];
}

/** The answer in words; what to do about a weak one opens beneath it, so that nothing jumps. */
function verdictOn(classification: Classification): HTMLElement {
  const said = inOneLine(classification, percent);
  if (!classification.hint) return el('p', { class: 'verdict' }, said);
  return el('details', { class: 'verdict' }, el('summary', {}, said), el('p', { class: 'hint' }, classification.hint));
}

function remark(flags: Parameters<typeof remarkOn>[0]): HTMLElement | undefined {
  const said = remarkOn(flags);
  return said === undefined ? undefined : el('small', {}, ` ${said}`);
}

function ranking({ labels, state }: Classification): HTMLElement {
  const rows = labels.map(({ label, score, cosine, ...flags }, index) =>
    el(
      'tr',
      {},
      el('td', { class: 'place' }, String(index + 1)),
      el('th', { scope: 'row', class: 'label' }, el('span', {}, label, remark(flags)), bar([{ length: score }])),
      el('td', { class: 'score' }, percent(score)),
      el('td', { class: 'cosine' }, cosine.toFixed(3)),
    ),
  );
  const head = words.head.map((title) => el('th', { scope: 'col' }, title));
  return el(
    'table',
    { class: state === 'sure' ? 'ranking' : 'ranking unsure' },
    el('caption', { class: 'visually-hidden' }, words.caption),
    el('thead', {}, el('tr', {}, ...head)),
    el('tbody', {}, ...rows),
  );
}

function tell(classification: Classification): void {
  const { labels } = classification;
  const [best] = labels;
  if (!best) return;
  const verdict = verdictOf(classification);
  announce(
    verdict ? words.announceWeak(verdict, best.label) : words.announce(best.label, percent(best.score), labels.length),
  );
}
