import { Problem } from '#contract/problems';
import { cleanText } from './clean-label.ts';
import type { Call, ClassifierSettings, Labels, Truncation } from './contract.ts';
import { EmbeddingStore } from './embedding-store.ts';
import { type EmbedTexts, LabelEmbeddings } from './label-embeddings.ts';
import { type Labelset, loadLabelsets, unknownSet } from './labelsets.ts';
import type { Prompt } from './prompts.ts';
import type { Ready } from './ready-model.ts';
import type { LabelEmbedding } from './vectors.ts';

/** Labels to compare with; `name` is that of their label set. */
export interface Wanted {
  name?: string;
  labels: readonly string[];
}

/** Labels with their embeddings. */
export interface Prepared {
  labels: readonly string[];
  /** One per label, of length 1. */
  vectors: readonly Float32Array[];
  /** Words in the labels that the model never saw. */
  unfamiliarWords: string[];
  truncation: Truncation;
}

const MIB = 1024 * 1024;

/** Provides label embeddings: from stored label sets, from the cache, or from the model's text tower. */
export class LabelStore {
  readonly embeddings: LabelEmbeddings;
  readonly #sets: Map<string, Labelset>;
  readonly #default: string;
  /** Label sets under named prompts. Never evicted, since most requests use them. */
  readonly #prepared = new Map<string, Prepared>();
  readonly #store = new EmbeddingStore();

  /** @throws when the folder of label sets cannot be used, or does not contain the default set */
  constructor({ labelsets, defaultLabelset, cacheBytes }: ClassifierSettings) {
    this.#sets = loadLabelsets(labelsets);
    if (!this.#sets.has(defaultLabelset)) throw unknownSet(defaultLabelset, [...this.#sets.keys()]);
    this.#default = defaultLabelset;
    this.embeddings = new LabelEmbeddings(cacheBytes ?? 64 * MIB);
  }

  list(): { default: string; labelsets: Labelset[] } {
    return { default: this.#default, labelsets: [...this.#sets.values()] };
  }

  /** The labels of a request, without duplicates. @throws Problem `option-invalid` for an unknown set */
  wanted(labels: Labels = { labelset: this.#default }): Wanted {
    if (!('labelset' in labels)) return { labels: [...new Set(labels.map(cleaned))] };
    const set = this.#sets.get(labels.labelset);
    if (!set) throw unknownSet(labels.labelset, [...this.#sets.keys()]);
    return { name: set.name, labels: set.labels };
  }

  /** @param lanes most batches of texts in progress */
  async prepare(
    ready: Ready,
    wanted: Wanted,
    prompt: Prompt,
    { embed, lanes, signal }: { embed: EmbedTexts; lanes: number } & Call,
  ): Promise<Prepared> {
    const { name, labels } = wanted;
    const key = name !== undefined && prompt.named ? `${ready.key}\n${name}\n${prompt.key}` : undefined;
    const known = key === undefined ? undefined : this.#prepared.get(key);
    if (known) return known;
    const work = () => this.embeddings.embeddings({ model: ready.key, prompt, labels, embed, lanes, signal });
    const found = key === undefined ? await work() : await this.#store.remember(ready.model, prompt, labels, work);
    const unfamiliarWords = [...new Set(labels.flatMap((label) => ready.vocabulary?.unfamiliar(label) ?? []))];
    const truncation = truncationOf(labels, found, ready.model.manifest.text.contextLength);
    const prepared = { labels, vectors: found.map(({ vector }) => vector), unfamiliarWords, truncation };
    if (key !== undefined) this.#prepared.set(key, prepared);
    return prepared;
  }
}

function truncationOf(labels: readonly string[], found: LabelEmbedding[], contextLength: number): Truncation {
  const texts = labels.map((text, i) => ({ text, tokens: found[i]?.tokens ?? 0 }));
  return { contextLength, texts: texts.filter(({ tokens }) => tokens > contextLength) };
}

/** @throws Problem `option-invalid` for a label without visible characters */
function cleaned(label: string): string {
  const clean = cleanText(label);
  if (clean !== '' || label === '') return clean;
  throw new Problem('option-invalid', 'A label has only invisible characters.', { members: { option: 'labels' } });
}
