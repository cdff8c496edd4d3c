import type { LabelSets } from '#contract/classification';
import { setTitle, TEXTS } from '../texts.ts';
import { get, jsonOf } from './api.ts';
import { button, byId, el } from './dom.ts';

const { lookFor: words } = TEXTS;

type LabelSet = LabelSets['labelsets'][number];

/** Labels named in one hit. */
const NAMED = 4;

/**
 * Fills the field of label sets and its search. Asking early also starts a function that sleeps.
 * @param onAlone takes a label that was found, to be looked for by itself
 */
export function labelSets(field: HTMLSelectElement, onChange: () => void, onAlone: (label: string) => void): void {
  const search = byId<HTMLInputElement>('set-search');
  const hits = byId('set-hits');
  let sets: LabelSet[] = [];
  const choose = (set: LabelSet): void => {
    field.value = set.name;
    for (const option of hits.querySelectorAll('[aria-pressed]')) option.setAttribute('aria-pressed', 'false');
    hits.querySelector(`[data-set="${CSS.escape(set.name)}"]`)?.setAttribute('aria-pressed', 'true');
    onChange();
  };
  const find = (): void => {
    const word = search.value.trim().toLowerCase();
    hits.replaceChildren(...(word === '' ? [] : hitsOf(word, sets, field.value, choose, onAlone)));
  };
  search.addEventListener('input', find);
  search.addEventListener('keydown', (event) => event.key === 'Enter' && event.preventDefault());
  field.addEventListener('change', find);
  void ask(field).then((found) => {
    sets = found;
    find();
  });
}

function hitsOf(
  word: string,
  sets: LabelSet[],
  chosen: string,
  choose: (set: LabelSet) => void,
  onAlone: (label: string) => void,
): HTMLElement[] {
  const found = sets
    .map((set) => ({ set, hits: set.labels.filter((label) => label.toLowerCase().includes(word)) }))
    .filter(({ set, hits }) => hits.length > 0 || setTitle(set.name, set.title).toLowerCase().includes(word));
  const alone = button(words.useAsOwn, () => onAlone(word), { class: 'quiet' });
  if (found.length === 0) return [el('p', { class: 'hint' }, words.noMatch(word)), alone];
  const rows = found.map(({ set, hits }) => {
    const named = hits.slice(0, NAMED);
    const title = el('strong', {}, setTitle(set.name, set.title));
    const row = button(title, () => choose(set), {
      class: 'hit',
      'data-set': set.name,
      'aria-pressed': String(set.name === chosen),
    });
    row.append(el('small', {}, words.matches(named, hits.length - named.length)));
    return row;
  });
  return [el('p', { class: 'visually-hidden' }, words.found(found.length)), ...rows, alone];
}

/** Asks which sets there are, an operator's own among them. */
async function ask(field: HTMLSelectElement): Promise<LabelSet[]> {
  try {
    const response = await get('labelsets', 'application/json');
    const isRight = (value: Partial<LabelSets>): boolean => Array.isArray(value.labelsets);
    const { labelsets, default: standard } = await jsonOf<LabelSets>(await response.blob(), isRight);
    const chosen = field.value || standard || '';
    const options = labelsets.map(({ name, title, count }) =>
      el('option', { value: name }, `${setTitle(name, title)}, ${words.count(count)}`),
    );
    if (!standard) options.unshift(el('option', { value: '' }, words.standard));
    field.replaceChildren(...options);
    if (labelsets.some(({ name }) => name === chosen)) field.value = chosen;
    return labelsets;
  } catch {
    // The sets that every classifier has are in the page already.
    return [];
  }
}
