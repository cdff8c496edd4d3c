import { TEXTS } from '../texts.ts';
import { Superseded, Trouble } from './api.ts';
import { button, el } from './dom.ts';

/** A problem in words, with a way on. */
export function troubleBox(error: unknown, retry?: () => void): HTMLElement {
  const known = error instanceof Trouble ? error : new Trouble(TEXTS.trouble.wrongAnswer, 'wrong-answer');
  const box = el('div', { class: 'trouble', role: 'alert' }, el('p', {}, known.message));
  if (retry && !known.aboutPicture && !known.notYet) box.append(button(TEXTS.trouble.retry, retry, { class: 'quiet' }));
  return box;
}

/** Whether an error only says that something newer is under way. */
export function isOld(error: unknown): boolean {
  return error instanceof Superseded;
}
