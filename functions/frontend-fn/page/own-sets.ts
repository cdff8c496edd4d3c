/** A set of labels that a person keeps in this browser. */
export interface OwnSet {
  name: string;
  labels: string[];
}

const KEY = 'obscura.label-sets';

/** Sets of one's own by name; none where the browser keeps nothing for pages. */
export function readOwnSets(): OwnSet[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isOwnSet) : [];
  } catch {
    return [];
  }
}

/** Keeps the sets, sorted by name. @returns whether the browser has kept them */
export function keepOwnSets(sets: OwnSet[]): boolean {
  try {
    const sorted = [...sets].sort((a, b) => a.name.localeCompare(b.name));
    localStorage.setItem(KEY, JSON.stringify(sorted));
    return true;
  } catch {
    return false;
  }
}

/** Calls back when another tab has changed the sets. */
export function onOwnSetsChanged(callback: () => void): void {
  addEventListener('storage', ({ key }) => (key === KEY || key === null) && callback());
}

function isOwnSet(value: unknown): value is OwnSet {
  const { name, labels } = (value ?? {}) as Partial<OwnSet>;
  return typeof name === 'string' && isLabels(labels);
}

const isLabels = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((label) => typeof label === 'string');

/** A file of labels, as label sets of clip-fn are written: `{"title", "labels"}`. */
export function setFile({ name, labels }: OwnSet): Blob {
  return new Blob([`${JSON.stringify({ title: name, labels }, undefined, 2)}\n`], { type: 'application/json' });
}

/** The labels of such a file, or of a list. @returns `undefined` when the JSON is something else */
export function labelsInJson(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const labels = Array.isArray(value) ? value : (value as { labels?: unknown } | null)?.labels;
    return isLabels(labels) ? labels.map((label) => label.trim()).filter((label) => label !== '') : undefined;
  } catch {
    return undefined;
  }
}
