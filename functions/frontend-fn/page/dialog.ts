import { TEXTS } from '../texts.ts';
import { button, el } from './dom.ts';

let count = 0;

/** Opens a dialog over the page; Escape, a click beside it and its button close it. */
export function openDialog(title: string, kind = ''): { body: HTMLElement; close: () => void } {
  count += 1;
  const id = `dialog-${count}`;
  const body = el('div', { class: 'card-body' });
  const close = (): void => dialog.close();
  const head = el(
    'div',
    { class: 'card-head' },
    el('h2', { id }, title),
    button(TEXTS.model.close, close, { class: 'quiet' }),
  );
  const dialog = el('dialog', { class: `card ${kind}`.trim(), 'aria-labelledby': id }, head, body);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  return { body, close };
}

/** Asks before something is lost. @param onYes called when a person agrees */
export function confirmFirst(question: string, yes: string, onYes: () => void): void {
  const { body, close } = openDialog(question, 'small');
  const agree = (): void => {
    close();
    onYes();
  };
  body.append(
    el(
      'div',
      { class: 'actions' },
      button(yes, agree, { class: 'button small' }),
      button(TEXTS.picture.keep, close, { class: 'quiet' }),
    ),
  );
}
