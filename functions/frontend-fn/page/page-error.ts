import { TEXTS } from '../texts.ts';
import { Aborted, PageError } from './api.ts';
import { button, el } from './dom.ts';

/** A problem in words, with a way on. */
export function errorBox(error: unknown, retry?: () => void): HTMLElement {
  const known = error instanceof PageError ? error : new PageError(TEXTS.trouble.wrongAnswer, 'wrong-answer');
  const box = el('div', { class: 'trouble', role: 'alert' }, el('p', {}, known.message));
  if (retry && !known.aboutPicture && !known.notYet) box.append(button(TEXTS.trouble.retry, retry, { class: 'quiet' }));
  return box;
}

/** Whether an error only says that something newer is under way. */
export function isOld(error: unknown): boolean {
  return error instanceof Aborted;
}
