import { TEXTS } from '../texts.ts';
import { PageError } from './api.ts';
import { type Chips, chips } from './chips.ts';
import { byId, debounced } from './dom.ts';
import { labelSets } from './label-sets.ts';

const { lookFor: words } = TEXTS;

export interface LabelChoice {
  /** What to look for, as options of clip-fn. @throws PageError when something is still missing */
  options(): Record<string, string | string[]>;
  /** The same as fields of a form. @throws PageError */
  addTo(form: FormData): void;
}

/** The fields under "What to look for". */
export function labelChoice(onChange: () => void): LabelChoice {
  const changed = debounced(onChange, 250);
  const labels = byId<HTMLInputElement>('labels');
  const own = chips(labels, changed);
  labels.placeholder = words.addLabel;
  byId('labels-hint').textContent = words.chips;
  const [set, prompt, top] = ['labelset', 'prompt', 'top'].map((id) => byId<HTMLSelectElement>(id));
  const [promptText, minCosine] = ['prompt-text', 'min-cosine'].map((id) => byId<HTMLInputElement>(id));
  const choices = [...document.querySelectorAll<HTMLInputElement>('input[name=choice]')];
  for (const field of [set, prompt, top, promptText, minCosine, ...choices]) field?.addEventListener('change', changed);
  labelSets(set as HTMLSelectElement, changed, (label) => alone(label, choices, own));

  const options = (): Record<string, string | string[]> => {
    const isOwn = choices.find((choice) => choice.checked)?.value === 'own';
    const wanted = prompt?.value === 'own' ? promptOf(promptText?.value ?? '') : prompt?.value;
    const least = minCosine && cosineOf(minCosine);
    return {
      ...(isOwn ? { labels: labelsOf(own.values()) } : set?.value ? { labelset: set.value } : {}),
      ...(wanted && { prompt: wanted }),
      top: top?.value ?? '5',
      ...(least && { minCosine: least }),
    };
  };
  return {
    options,
    addTo(form) {
      for (const [name, value] of Object.entries(options())) {
        // Lists as JSON, so that a label may hold a comma.
        form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
      }
    },
  };
}

/** A label found by searching becomes one of the person's own. */
function alone(label: string, choices: HTMLInputElement[], own: Chips): void {
  const choice = choices.find(({ value }) => value === 'own');
  if (choice) choice.checked = true;
  own.add(label);
}

function labelsOf(labels: string[]): string[] {
  if (labels.length === 0) throw new PageError(words.nothingLeft, 'not-yet');
  return labels;
}

function promptOf(text: string): string {
  if (!text.includes('{}')) throw new PageError(words.promptWithout, 'not-yet');
  return text.trim();
}

function cosineOf(field: HTMLInputElement): string {
  if (!field.checkValidity()) throw new PageError(words.cosineWrong, 'not-yet');
  return field.value;
}
