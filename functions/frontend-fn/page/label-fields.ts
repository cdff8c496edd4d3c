import type { AddressPart } from './address-state.ts';
import { MOST_LABELS } from './chips.ts';
import { byId, el } from './dom.ts';

/** The fields under "What to look for", but for the labels of one's own. */
export function labelFields(onChange: () => void) {
  const [set, prompt, top] = ['labelset', 'prompt', 'top'].map((id) => byId<HTMLSelectElement>(id)) as [
    HTMLSelectElement,
    HTMLSelectElement,
    HTMLSelectElement,
  ];
  const [promptText, minCosine] = [byId<HTMLInputElement>('prompt-text'), byId<HTMLInputElement>('min-cosine')];
  const choices = [...document.querySelectorAll<HTMLInputElement>('input[name=choice]')];
  for (const field of [set, prompt, top, promptText, minCosine, ...choices]) field.addEventListener('change', onChange);
  return {
    ...{ set, prompt, top, promptText, minCosine },
    /** Whether labels are the person's own. */
    isOwn: () => kindOf(choices) === 'own',
    /** Whether classes are shown by example. */
    isByExample: () => kindOf(choices) === 'examples',
    choose(kind: 'own' | 'set' | 'examples') {
      for (const choice of choices) choice.checked = choice.value === kind;
    },
  };
}

/** Where a tab keeps that classes are shown by example, which no address can say. */
const BY_EXAMPLE = 'obscura.by-example';

/** @param isByExample whether this tab's classes are shown by example, also after a reload */
export function rememberByExample(isByExample: boolean): void {
  if (isByExample) sessionStorage.setItem(BY_EXAMPLE, 'true');
  else sessionStorage.removeItem(BY_EXAMPLE);
}

export const wasByExample = (): boolean => sessionStorage.getItem(BY_EXAMPLE) !== null;

const kindOf = (choices: HTMLInputElement[]): string | undefined => choices.find(({ checked }) => checked)?.value;

export type LabelFields = ReturnType<typeof labelFields>;

interface OwnLabels {
  values(): string[];
  replace(labels: readonly string[]): void;
}

/** The same fields in an address: a set is named where it is chosen; labels of one's own stay beside it. */
export function labelsInAddress(fields: LabelFields, own: OwnLabels): AddressPart {
  const { set, prompt, top, promptText, minCosine } = fields;
  const [firstSet, firstTop] = [set.value, top.value];
  return {
    pairs() {
      const labels = own.values().map((label): [string, string] => ['label', label]);
      const isFirst = set.value === firstSet && labels.length === 0;
      const others = {
        ...(!fields.isOwn() && !fields.isByExample() && !isFirst && { set: set.value }),
        prompt: prompt.value === 'own' ? promptText.value : prompt.value,
        top: top.value === firstTop ? '' : top.value,
        minCosine: minCosine.value,
      };
      return [...labels, ...Object.entries(others).filter(([, value]) => value !== '')];
    },
    restore(said) {
      const labels = said.getAll('label').slice(0, MOST_LABELS);
      if (labels.length > 0) own.replace(labels.map((label) => label.trim()).filter(Boolean));
      if (labels.length > 0) fields.choose('own');
      if (said.has('set')) {
        fields.choose('set');
        select(set, said.get('set') ?? '', true);
      }
      if (said.has('prompt')) restorePrompt(fields, said.get('prompt') ?? '');
      if (said.has('top')) select(top, said.get('top') ?? '');
      if (said.has('minCosine')) minCosine.value = said.get('minCosine') ?? '';
    },
  };
}

function restorePrompt({ prompt, promptText }: LabelFields, said: string): void {
  if (said !== 'own' && select(prompt, said)) return;
  prompt.value = 'own';
  promptText.value = said;
}

/** @param mayCome what is no option yet may become one: sets are asked for @returns whether it is an option */
function select(field: HTMLSelectElement, value: string, mayCome = false): boolean {
  const isKnown = [...field.options].some((option) => option.value === value);
  if (!isKnown && mayCome) field.append(el('option', { value }, value));
  if (isKnown || mayCome) field.value = value;
  return isKnown || mayCome;
}
