import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '#contract/problems';
import { cleanText } from './clean-label.ts';
import catsDogs from './labelsets/cats-dogs.json' with { type: 'json' };
import cifar10 from './labelsets/cifar10.json' with { type: 'json' };
import cifar100 from './labelsets/cifar100.json' with { type: 'json' };
import everyday from './labelsets/everyday.json' with { type: 'json' };
import imagenet1k from './labelsets/imagenet1k.json' with { type: 'json' };

export const MAX_LABELS = 2_000;
export const MAX_LABEL_LENGTH = 200;

/** A named list of labels. */
export interface Labelset {
  name: string;
  title: string;
  labels: readonly string[];
}

const BUILT_IN: Record<string, { title: string; labels: string[] }> = {
  'cats-dogs': catsDogs,
  cifar10,
  cifar100,
  everyday,
  imagenet1k,
};

/**
 * The built-in label sets and those in the operator's folder: `NAME.txt` (one label per line, `#` starts a comment) or
 * `NAME.json` (a list, or `{"title", "labels"}`). A file replaces the built-in set of the same name.
 * @throws at start-up, naming the file that cannot be used
 */
export function loadLabelsets(folder?: string): Map<string, Labelset> {
  const builtIn = Object.entries(BUILT_IN).map(([name, set]): Labelset => ({ name, ...set }));
  return new Map([...builtIn, ...(folder ? readFolder(folder) : [])].map((set) => [set.name, set]));
}

function readFolder(folder: string): Labelset[] {
  return readdirSync(folder)
    .filter((file) => /\.(txt|json)$/.test(file) && !file.startsWith('.'))
    .sort()
    .map((file) => {
      try {
        return readSet(file, readFileSync(path.join(folder, file), 'utf8'));
      } catch (error) {
        throw new Error(`The label set ${file} cannot be used: ${error instanceof Error ? error.message : error}.`);
      }
    });
}

function readSet(file: string, text: string): Labelset {
  const name = path.parse(file).name;
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name))
    throw new Error('its name may have letters, digits, dots, dashes and underscores, at most 64');
  const { title = name, labels } = file.endsWith('.json') ? readJson(text) : { labels: readLines(text) };
  const clean = labels.map((label) => (typeof label === 'string' ? cleanText(label) : ''));
  const wrong = clean.findIndex((label) => label === '' || label.length > MAX_LABEL_LENGTH);
  if (wrong >= 0) throw new Error(`label ${wrong + 1} is no text of 1 to ${MAX_LABEL_LENGTH} characters`);
  if (clean.length < 1 || clean.length > MAX_LABELS)
    throw new Error(`it has ${clean.length} labels, it must have 1 to ${MAX_LABELS}`);
  return { name, title, labels: [...new Set(clean)] };
}

function readJson(text: string): { title?: string; labels: unknown[] } {
  const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
  if (Array.isArray(value)) return { labels: value };
  const { title, labels } = (value ?? {}) as { title?: unknown; labels?: unknown };
  if (!Array.isArray(labels)) throw new Error('it must be a list, or {"title", "labels": […]}');
  return typeof title === 'string' ? { title, labels } : { labels };
}

function readLines(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

export function unknownSet(name: string, known: string[]): Problem {
  return new Problem('option-invalid', `There is no label set "${name.slice(0, 60)}"; there are ${known.join(', ')}.`, {
    members: { option: 'labelset', allowed: known },
  });
}
