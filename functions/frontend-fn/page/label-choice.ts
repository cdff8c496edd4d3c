import { TEXTS } from '../texts.ts';
import { PageError } from './api.ts';
import { type Chips, chips } from './chips.ts';
import { byId, debounced } from './dom.ts';
import { labelSets } from './label-sets.ts';
import { type LabelTools, labelTools } from './label-tools.ts';

const { lookFor: words } = TEXTS;

export interface LabelChoice {
  /** What to look for, as options of clip-fn. @throws PageError when something is still missing */
  options(): Record<string, string | string[]>;
  /** The same as fields of a form. @throws PageError */
  addTo(form: FormData): void;
  /** Adds labels that suit a picture; what a person chose stays as it is. */
  suggest(labels: string[]): void;
}

/** The fields under "What to look for". */
export function labelChoice(onChange: () => void): LabelChoice {
  const soon = debounced(onChange, 250);
  let untouched = true;
  const changed = (): void => {
    untouched = false;
    soon();
  };
  const { own, tools } = ownLabels(changed);
  const [set, prompt, top] = ['labelset', 'prompt', 'top'].map((id) => byId<HTMLSelectElement>(id));
  const [promptText, minCosine] = ['prompt-text', 'min-cosine'].map((id) => byId<HTMLInputElement>(id));
  const choices = [...document.querySelectorAll<HTMLInputElement>('input[name=choice]')];
  for (const field of [set, prompt, top, promptText, minCosine, ...choices]) field?.addEventListener('change', changed);
  labelSets(set as HTMLSelectElement, changed, (label) => {
    // A label found by searching becomes one of the person's own.
    chooseOwn(choices);
    own.add([label]);
    tools.update();
    changed();
  });

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
    suggest(labels) {
      if (!untouched) return;
      chooseOwn(choices);
      const isNew = own.add(labels);
      tools.update();
      if (isNew) onChange();
    },
  };
}

/** The labels of one's own, with what can be done with all of them. */
function ownLabels(onChange: () => void): { own: Chips; tools: LabelTools } {
  const field = byId<HTMLInputElement>('labels');
  const own = chips(field, () => {
    tools.update();
    onChange();
  });
  const tools = labelTools(own, onChange);
  field.placeholder = words.addLabel;
  byId('labels-hint').textContent = words.chips;
  byId('labels-hint').after(tools.element);
  return { own, tools };
}

function chooseOwn(choices: HTMLInputElement[]): void {
  const choice = choices.find(({ value }) => value === 'own');
  if (choice) choice.checked = true;
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
