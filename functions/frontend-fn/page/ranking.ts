import { type Classification, remarkOn } from '#contract/classification';
import { TEXTS } from '../texts.ts';
import { percent } from '../words.ts';
import { bar, el } from './dom.ts';

const { results: words } = TEXTS;

/** The labels of an answer, best first, with their scores as bars. */
export function ranking({ labels, state }: Classification): HTMLElement {
  const rows = labels.map(({ label, score, ...flags }) => {
    const remark = remarkOn(flags);
    const name = el('span', {}, label, remark !== undefined && el('small', {}, ` ${remark}`));
    return el(
      'tr',
      {},
      el('th', { scope: 'row', class: 'label' }, name),
      el('td', { class: 'share' }, bar([{ length: score }])),
      el('td', { class: 'score' }, percent(score)),
    );
  });
  return el(
    'table',
    { class: state === 'sure' ? 'ranking' : 'ranking unsure' },
    el('caption', { class: 'visually-hidden' }, words.caption),
    el('thead', { class: 'visually-hidden' }, titles(['label', 'bar', 'score'])),
    el('tbody', {}, ...rows),
  );
}

/** The head of a table. */
export function titles(columns: (keyof typeof words.head)[]): HTMLElement {
  return el('tr', {}, ...columns.map((column) => el('th', { scope: 'col' }, words.head[column])));
}
