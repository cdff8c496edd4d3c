/* How figures and names are written, by the function and by its page alike. Imports nothing: the page bundles it. */

/** 0.9312 → "93.1%", and "<0.1%" for what would round to nothing. */
export function percent(score: number): string {
  const value = score * 100;
  return value > 0 && value < 0.05 ? '<0.1%' : `${value.toFixed(1)}%`;
}

/** 34816 → "34 kB", 33554432 → "32 MB": in steps of 1024, as file managers count. */
export function fileSize(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  const kilo = bytes / 1_024;
  return kilo < 1_023.5 ? `${Math.round(kilo)} kB` : `${Number((kilo / 1_024).toFixed(1))} MB`;
}

/** 451, 300 → "451 × 300 px" */
export function pixels(width: number, height: number): string {
  return `${width} × ${height} px`;
}

const SETS: Record<string, string> = {
  everyday: 'Everyday things',
  cifar100: 'CIFAR-100',
  cifar10: 'Animals and vehicles (CIFAR-10)',
  'cats-dogs': 'Cats and dogs',
  imagenet1k: 'All sorts of things (ImageNet)',
};

/** Label sets every clip-fn has. */
export const BUILT_IN_SETS = Object.keys(SETS);

/** What a first-time visitor's photo is held against: broader than the classifier's own standard. */
export const FIRST_SET = 'everyday';

/** A label set's name for people; an operator's own set has its own title. */
export function setTitle(name: string, title = name): string {
  return Object.hasOwn(SETS, name) ? (SETS[name] ?? title) : title;
}

/** What the page says when the model found nothing that was asked for. */
export const NONE_OF_THESE = 'None of these, as far as the model can tell. The nearest are:';

/** What marks a label whose words the model never learned. */
export const UNFAMILIAR = 'The model never learned this word; its score means little.';
