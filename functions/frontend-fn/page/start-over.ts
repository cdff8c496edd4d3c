import { TEXTS } from '../texts.ts';
import { confirmFirst } from './dialog.ts';
import { byId } from './dom.ts';

const { start: words } = TEXTS;

/**
 * Begins anew by the button and by the page's name, which is a link to it: not before a person agrees that photos and
 * labels go.
 * @param hasSomething whether anything would be lost
 * @param forget resolves when what is kept is deleted
 */
export function startOver(hasSomething: () => boolean, forget: () => Promise<void>): void {
  const again = (): void =>
    confirmFirst(words.reallyOver, words.over, () => {
      void forget().then(() => location.assign(location.pathname + location.search));
    });
  byId('start-over').addEventListener('click', again);
  document.querySelector<HTMLAnchorElement>('a.brand')?.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !hasSomething()) return;
    event.preventDefault();
    again();
  });
}
