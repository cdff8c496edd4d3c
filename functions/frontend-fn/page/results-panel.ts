import type { Classification } from '#contract/classification';
import { EMBEDDED_MODEL, INSTALL_LARGER, TEXTS } from '../texts.ts';
import { inWords, verdictOn } from '../verdict.ts';
import { percent, pixels } from '../words.ts';
import type { PageError } from './api.ts';
import type { ClassificationState, Found } from './classifications.ts';
import { command } from './copy-text.ts';
import { announce, byId, el, set } from './dom.ts';
import { reportForm } from './feedback.ts';
import { modelLink } from './model-card.ts';
import { failed } from './page-error.ts';
import type { Picture } from './picture.ts';
import { ranking, titles } from './ranking.ts';

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
    box.replaceChildren(failed(error, () => again(picture)));
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
  const { before, label, after } = verdictOn(classification);
  return [
    el('p', { class: 'verdict' }, before, el('strong', {}, label), after),
    ...adviceOn(classification),
    ranking(classification),
    el('div', { class: 'below' }, facts, ...(report ? [report] : [])),
    figures(classification),
    ...(sent
      ? [el('p', { class: 'hint' }, words.smaller(pixels(sent.width, sent.height), sent.blob.size, picture.blob.size))]
      : []),
  ];
}

/** What to do about a weak answer, or about labels that the model does not know. */
function adviceOn({ hint, state, model }: Classification): HTMLElement[] {
  const isSmall = model === EMBEDDED_MODEL && state !== 'sure';
  if (!hint && !isSmall) return [];
  const summary = el('summary', {}, isSmall ? words.larger : words.careful);
  return [el('details', { class: 'advice' }, summary, el('p', {}, hint), isSmall && command(INSTALL_LARGER))];
}

/** Whether a person wants to see figures: of the next answer, too. */
let figuresOpen = false;

/** What is behind the bars, for people who compare. */
function figures({ labels }: Classification): HTMLElement {
  const rows = labels.map(({ label, score, cosine }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, label),
      el('td', {}, percent(score)),
      el('td', { class: 'cosine' }, cosine.toFixed(3)),
    ),
  );
  const table = el('table', {}, el('thead', {}, titles(['label', 'score', 'cosine'])), el('tbody', {}, ...rows));
  const about = el('p', { class: 'hint' }, words.aboutFigures);
  const box = el('details', { class: 'figures', open: figuresOpen }, el('summary', {}, words.figures), about, table);
  box.addEventListener('toggle', () => {
    figuresOpen = box.open;
  });
  return box;
}

function tell(classification: Classification): void {
  const [best] = classification.labels;
  if (best) announce(words.announce(inWords(classification), best.label, percent(best.score)));
}
