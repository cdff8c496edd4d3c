import { TEXTS } from '../texts.ts';
import { announce, button, el } from './dom.ts';

const { darkroom: words } = TEXTS;

/**
 * Copies the text of an element; where a page may not, selects it for the person to copy.
 * @returns what was done, in words
 */
export async function copyText(shown: HTMLElement): Promise<string> {
  const isCopied = await writeClipboard(shown.textContent ?? '');
  if (!isCopied) getSelection()?.selectAllChildren(shown);
  const said = isCopied ? words.copied : words.selected;
  announce(said);
  return said;
}

/** Browsers let a page write there on a secure connection or this machine only. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A command to be typed elsewhere, with a button that copies it. */
export function command(text: string): HTMLElement {
  const shown = el('code', {}, text);
  const said = el('span', { class: 'hint', role: 'status' });
  const copy = async (): Promise<void> => {
    said.textContent = await copyText(shown);
  };
  const copying = button(words.copy, () => void copy(), { class: 'quiet', 'aria-label': words.copyCommand });
  return el('div', { class: 'command-line' }, el('pre', { class: 'command' }, shown), copying, said);
}
