import { TEXTS } from '../texts.ts';
import type { AddressPart } from './address-state.ts';
import { PageError } from './api.ts';
import { type Chips, chips } from './chips.ts';
import { byId, debounced } from './dom.ts';
import { type Examples, exampleClasses } from './example-classes.ts';
import { type LabelFields, labelFields, labelsInAddress, rememberByExample, wasByExample } from './label-fields.ts';
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
  /** Classes by example, in place of labels; nothing where labels are chosen. @throws PageError */
  examples(): Examples | undefined;
  inAddress: AddressPart;
}

/**
 * The fields under "What to look for".
 * @param onChange called at once when a choice is another one
 * @param onChosen called when a person seems to be done with choosing
 */
export function labelChoice(onChange: () => void, onChosen: () => void): LabelChoice {
  const soon = debounced(onChosen, 250);
  let untouched = true;
  const changed = (): void => {
    untouched = false;
    rememberByExample(fields.isByExample());
    onChange();
    soon();
  };
  const fields = labelFields(changed);
  const { own, tools, add } = ownLabels(fields, changed);
  labelSets(fields.set, changed, (label) => {
    // A label found by searching becomes one of the person's own.
    add([label]);
    changed();
  });
  const options = () => optionsOf(fields, own);
  const { pairs, restore } = labelsInAddress(fields, own);
  return {
    options,
    examples: byExample(fields, changed),
    addTo: (form) => addOptions(form, options()),
    suggest(labels) {
      if (fields.isOwn() ? !own.values().every(isSuggestion) : !untouched) return;
      const isNew = add(labels);
      onChange();
      if (isNew) onChosen();
    },
    inAddress: {
      pairs,
      restore(said) {
        restore(said);
        untouched &&= !said.has('set');
        tools.update();
      },
    },
  };
}

function addOptions(form: FormData, options: Record<string, string | string[]>): void {
  for (const [name, value] of Object.entries(options)) {
    // Lists as JSON, so that a label may hold a comma.
    form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
}

/** @returns reads the classes by example, as long as they are chosen; it throws PageError where some are missing */
function byExample(fields: LabelFields, onChange: () => void): () => Examples | undefined {
  const classes = exampleClasses(
    () => fields.isByExample() && onChange(),
    () => wasByExample() && fields.choose('examples'),
  );
  return () => (fields.isByExample() ? classes.read() : undefined);
}

/** @throws PageError when something is still missing */
function optionsOf(fields: LabelFields, own: Chips): Record<string, string | string[]> {
  const { set, prompt, top, promptText, minCosine } = fields;
  if (fields.isByExample()) throw new PageError(TEXTS.examples.notInRuns, 'not-yet');
  const wanted = prompt.value === 'own' ? promptOf(promptText.value) : prompt.value;
  const least = cosineOf(minCosine);
  return {
    ...(fields.isOwn() ? { labels: labelsOf(own.values()) } : set.value ? { labelset: set.value } : {}),
    ...(wanted && { prompt: wanted }),
    top: top.value,
    ...(least && { minCosine: least }),
  };
}

/** Whether a label came with one of the samples. */
function isSuggestion(label: string): boolean {
  const samples = [...document.querySelectorAll<HTMLElement>('[data-labels]')];
  return samples.some(({ dataset }) => dataset.labels?.split(',').includes(label));
}

/** The labels of one's own, with what can be done with all of them. */
function ownLabels(fields: LabelFields, onChange: () => void) {
  const field = byId<HTMLInputElement>('labels');
  const own = chips(field, () => {
    tools.update();
    onChange();
  });
  const tools: LabelTools = labelTools(own, onChange);
  /** Looks for one's own labels, and these among them. @returns whether any is new */
  const add = (labels: readonly string[]): boolean => {
    fields.choose('own');
    const isNew = own.add(labels);
    tools.update();
    return isNew;
  };
  field.placeholder = words.addLabel;
  byId('labels-hint').textContent = words.chips;
  byId('labels-hint').after(tools.element);
  return { own, tools, add };
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
