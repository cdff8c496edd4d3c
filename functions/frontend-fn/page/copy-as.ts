import { TEXTS } from '../texts.ts';
import { copyText } from './copy-text.ts';
import { button, el } from './dom.ts';
import type { Step } from './operations.ts';
import { extensionOf, type Picture } from './picture.ts';
import { type CopyFormat, written } from './written.ts';

const { darkroom: words } = TEXTS;

/** What the darkroom does. */
export interface Work {
  picture: Picture;
  /** Options of transform-fn, such as `chain` and `format`. */
  query: Record<string, string>;
  steps: readonly Step[];
  /** What comes out, as far as it is known. */
  type: string | undefined;
}

export interface CopyAs {
  element: HTMLElement;
  /** Another picture is worked on: only one that was fetched by its address has a URL. */
  update(picture: Picture | undefined): void;
}

/** Buttons that copy what the darkroom does as a command, a program or an address. */
export function copyAs(work: () => Work | undefined): CopyAs {
  const shown = el('pre', { class: 'command', hidden: true, tabindex: 0 });
  const said = el('span', { class: 'hint', role: 'status' });
  const copy = async (format: CopyFormat): Promise<void> => {
    const now = work();
    if (!now) return;
    shown.textContent = written(format, requestOf(now)) ?? words.notAsUrl;
    shown.hidden = false;
    said.textContent = await copyText(shown);
  };
  const buttons = Object.entries(words.ways).map(([format, title]) =>
    button(title, () => void copy(format as CopyFormat), { class: 'quiet', 'data-copy': format }),
  );
  const update = (picture: Picture | undefined): void => {
    shown.hidden = true;
    said.textContent = '';
    for (const one of buttons) if (one.dataset.copy === 'url') one.hidden = picture?.url === undefined;
  };
  const actions = el('div', { class: 'actions' }, el('span', {}, words.copyAs), ...buttons, said);
  return { element: el('div', { class: 'copy-as' }, actions, shown), update };
}

function requestOf({ picture, query, steps, type = picture.blob.type }: Work) {
  const second = steps.find(({ file }) => file)?.file;
  return {
    // The function beside this one behind the same gateway.
    address: new URL(
      document.baseURI.endsWith('/frontend-fn/') ? '../transform-fn' : '/function/transform-fn',
      document.baseURI,
    ).href,
    query: { ...(picture.url !== undefined && { url: picture.url }), ...query },
    ...(picture.url === undefined && { file: picture.name }),
    ...(second && { second: second.name }),
    result: `out.${extensionOf(type)}`,
  };
}
