import { TEXTS } from '../texts.ts';
import { Aborted, PageError } from './api.ts';
import { button, el } from './dom.ts';
import { listError } from './error-list.ts';

const { trouble: words } = TEXTS;

function known(error: unknown): PageError {
  return error instanceof PageError ? error : new PageError(words.wrongAnswer, 'wrong-answer');
}

/** A problem in words, with a way on: inside a dialog or a form, where the list of errors would be out of reach. */
export function errorBox(error: unknown, retry: () => void): HTMLElement {
  const { message } = known(error);
  return el(
    'div',
    { class: 'trouble', role: 'alert' },
    el('p', {}, message),
    button(words.retry, retry, { class: 'quiet' }),
  );
}

/**
 * Puts a problem on the list of errors.
 * @returns what stands at its place meanwhile: when that is replaced, the error is mended and leaves the list
 */
export function failed(error: unknown, retry?: () => void): HTMLElement {
  const { message, notYet, aboutPicture } = known(error);
  if (notYet) return el('p', { class: 'hint', role: 'alert' }, message);
  const place = el('p', { class: 'hint failed' }, words.failed);
  listError({ message, place, ...(!aboutPicture && { retry }) });
  return place;
}

/** Whether an error only says that something newer is under way. */
export function isOld(error: unknown): boolean {
  return error instanceof Aborted;
}
