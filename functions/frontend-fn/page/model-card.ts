import type { ModelInUse } from '#contract/classification';
import { EMBEDDED_MODEL, INSTALL_LARGER, TEXTS } from '../texts.ts';
import { get, jsonOf } from './api.ts';
import { command } from './copy-text.ts';
import { openDialog } from './dialog.ts';
import { el } from './dom.ts';
import { markdown } from './markdown.ts';
import { errorBox } from './page-error.ts';

const { model: words } = TEXTS;

/** The model's name, which opens its card. A link, so that it also leads somewhere in a tab of its own. */
export function modelLink(id: string): HTMLElement {
  const link = el('a', { href: 'model', class: 'model' }, id);
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(id);
  });
  return link;
}

function open(id: string): void {
  void fill(openDialog(words.card(id)).body);
}

async function fill(body: HTMLElement): Promise<void> {
  try {
    const response = await get('model', 'application/json');
    body.replaceChildren(...told(await jsonOf<ModelInUse>(await response.blob(), ({ id }) => typeof id === 'string')));
  } catch (error) {
    body.replaceChildren(errorBox(error, () => void fill(body)));
  }
}

function told({
  id,
  source,
  licence,
  imageSize,
  contextLength,
  minCosine,
  confidence,
  card,
}: ModelInUse): HTMLElement[] {
  const facts = {
    source,
    licence,
    size: words.sees(imageSize),
    words: words.reads(contextLength),
    none: confidence ? words.judged : words.below(minCosine),
  };
  const rows = Object.entries(facts).flatMap(([name, value]) => [
    el('dt', {}, words.facts[name as keyof typeof facts]),
    el('dd', {}, value),
  ]);
  return [
    ...(id === EMBEDDED_MODEL
      ? [el('div', { class: 'larger' }, el('p', {}, words.embedded), command(INSTALL_LARGER))]
      : []),
    el('dl', {}, ...rows),
    ...(card ? markdown(card.replace(/^# .*\n+/, '')) : [el('p', { class: 'hint' }, words.noCard)]),
  ];
}
