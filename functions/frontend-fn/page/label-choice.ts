import type { LabelSets } from '../contract.ts';
import { setTitle } from '../words.ts';
import { jsonOf, Trouble } from './api.ts';
import { chips } from './chips.ts';
import { byId, debounced, el } from './dom.ts';
import { TEXTS } from './texts.ts';

export interface LabelChoice {
  /** Adds what to look for to a form. @throws Trouble when something is still missing */
  addTo(form: FormData): void;
}

/** The fields under "What to look for". */
export function labelChoice(onChange: () => void): LabelChoice {
  const changed = debounced(onChange, 250);
  const labels = byId<HTMLInputElement>('labels');
  const own = chips(labels, changed);
  labels.placeholder = TEXTS.addLabel;
  byId('labels-hint').textContent = TEXTS.labelsHint;
  const set = byId<HTMLSelectElement>('labelset');
  const prompt = byId<HTMLSelectElement>('prompt');
  const promptText = byId<HTMLInputElement>('prompt-text');
  const top = byId<HTMLSelectElement>('top');
  const choices = document.querySelectorAll<HTMLInputElement>('input[name=choice]');
  for (const field of [set, prompt, promptText, top, ...choices]) field.addEventListener('change', changed);
  void fillSets(set);

  return {
    addTo(form) {
      if ([...choices].find((choice) => choice.checked)?.value === 'own') form.append('labels', labelsOf(own.values()));
      else if (set.value) form.append('labelset', set.value);
      const wanted = prompt.value === 'own' ? promptOf(promptText.value) : prompt.value;
      if (wanted) form.append('prompt', wanted);
      form.append('top', top.value);
    },
  };
}

/** As JSON, so that a label could hold a comma. */
function labelsOf(labels: string[]): string {
  if (labels.length === 0) throw new Trouble(TEXTS.nothingLeft, 'not-yet');
  return JSON.stringify(labels);
}

function promptOf(text: string): string {
  if (!text.includes('{}')) throw new Trouble(TEXTS.promptWithout, 'not-yet');
  return text.trim();
}

/** Asks which sets there are, an operator's own among them. Asking early also starts a function that sleeps. */
async function fillSets(field: HTMLSelectElement): Promise<void> {
  try {
    const response = await fetch('labelsets');
    if (!response.ok) return;
    const isRight = (value: Partial<LabelSets>): boolean => Array.isArray(value.labelsets);
    const { labelsets, default: standard } = await jsonOf<LabelSets>(await response.blob(), isRight);
    const chosen = field.value || standard || '';
    const options = labelsets.map(({ name, title, count }) =>
      el('option', { value: name }, `${setTitle(name, title)}, ${TEXTS.labelCount(count)}`),
    );
    if (!standard) options.unshift(el('option', { value: '' }, field.options[0]?.text ?? ''));
    field.replaceChildren(...options);
    if (labelsets.some(({ name }) => name === chosen)) field.value = chosen;
  } catch {
    // The sets that every classifier has are in the page already.
  }
}
