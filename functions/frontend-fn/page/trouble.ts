import { Superseded, Trouble } from './api.ts';
import { el } from './dom.ts';
import { TEXTS } from './texts.ts';

/** A problem in words, with a way on. */
export function troubleBox(error: unknown, retry?: () => void): HTMLElement {
  const sentence = error instanceof Trouble ? error.message : TEXTS.wrongAnswer;
  const box = el('div', { class: 'trouble', role: 'alert' }, el('p', {}, sentence));
  if (retry && !(error instanceof Trouble && error.aboutPicture)) {
    const button = el('button', { type: 'button', class: 'quiet' }, TEXTS.retry);
    button.addEventListener('click', () => {
      box.remove();
      retry();
    });
    box.append(button);
  }
  return box;
}

/** Whether an error only says that something newer is under way. */
export function isOld(error: unknown): boolean {
  return error instanceof Superseded;
}
