import { TEXTS } from '../texts.ts';
import { button, el } from './dom.ts';

const { trouble: words } = TEXTS;

export interface ListedError {
  message: string;
  /** Stands on the page where the failure was; once it is gone, so is the error. */
  place?: Element | undefined;
  retry?: (() => void) | undefined;
}

interface Listed {
  element: HTMLElement;
  /** Failures of which the message is true. */
  of: ListedError[];
}

/** Each message once, the newest first: a gateway that is down fails in many places and says one thing. */
const listed = new Map<string, Listed>();
const list = el('section', { class: 'errors', 'aria-label': words.title });
const watcher = new MutationObserver(() => prune(({ place }) => !place || place.isConnected));

/** Puts an error on top of the page's one list of errors. */
export function listError(error: ListedError): void {
  const { message } = error;
  const of = [...(listed.get(message)?.of ?? []), error];
  listed.get(message)?.element.remove();
  listed.delete(message);
  const element = banner(message, of);
  listed.set(message, { element, of });
  list.prepend(element);
  if (!list.isConnected) document.body.append(list);
  watcher.observe(document.body, { childList: true, subtree: true });
}

/** Errors that belong to no place, such as refused files, are no longer of interest. */
export function clearPlacelessErrors(): void {
  prune(({ place }) => place !== undefined);
}

/** Keeps the errors that still hold. */
function prune(holds: (error: ListedError) => boolean): void {
  for (const [message, { element, of }] of listed) {
    const left = of.filter(holds);
    if (left.length === of.length) continue;
    if (left.length > 0) listed.set(message, { element, of: left });
    else remove(message);
  }
}

function remove(message: string): void {
  listed.get(message)?.element.remove();
  listed.delete(message);
  if (listed.size > 0) return;
  list.remove();
  watcher.disconnect();
}

function banner(message: string, of: ListedError[]): HTMLElement {
  const close = (): void => {
    remove(message);
    list.querySelector<HTMLElement>('.close')?.focus();
  };
  const again = (): void => {
    const retries = new Set(listed.get(message)?.of.map(({ retry }) => retry));
    close();
    for (const retry of retries) retry?.();
  };
  const canRetry = of.some(({ retry }) => retry);
  return el(
    'div',
    { class: 'trouble', role: 'alert' },
    el('p', {}, message),
    canRetry && button(words.retry, again, { class: 'quiet' }),
    button('×', close, { class: 'plain close', 'aria-label': words.close }),
  );
}
