import { createHash } from 'node:crypto';
import { Problem } from '#contract/problems';
import { EmbeddingCache } from './cache.ts';
import { cleanText } from './clean-label.ts';
import type { ExampleClass } from './contract.ts';
import { normaliseRow } from './vectors.ts';

/* Embeds examples of classes; prototypes.ts makes classes of the embeddings. */

export const MAX_CLASSES = 32;
/** Of all classes together; each example is a run of the model. */
export const MAX_EXAMPLES = 128;

/** Size of the cache of examples, which are often sent again with the next picture. */
const CACHE_BYTES = 16 * 1024 * 1024;

export interface EmbeddedClass {
  label: string;
  /** At least one, of length 1. */
  examples: Float32Array[];
}

/**
 * Embeds pictures: vectors of length 1, or the problem of a picture. `onEach` receives each vector as soon as it is
 * ready.
 */
type EmbedPictures = (
  pictures: readonly Uint8Array[],
  onEach: (place: number, vector: Float32Array) => void,
) => Promise<(Float32Array | Problem)[]>;

export interface ExampleRequest {
  /** Identifies the model and the options that pictures are read with. */
  key: string;
  /** Length of an embedding. */
  width: number;
  embed: EmbedPictures;
}

/** Cleans the names of classes as labels are cleaned, and merges classes with equal names. */
export function cleanClasses(classes: readonly ExampleClass[]): ExampleClass[] {
  const named = new Map<string, ExampleClass['examples']>();
  for (const { label, examples } of classes) {
    const clean = cleanText(label);
    if (clean === '') throw invalid('The name of a class has nothing that can be seen.');
    named.set(clean, [...(named.get(clean) ?? []), ...examples]);
  }
  if (named.size > 1) return [...named].map(([label, examples]) => ({ label, examples }));
  throw invalid(
    'Classes by example are compared with each other: give two or more; ' +
      'other pictures, in a class such as "other", will do.',
  );
}

/** Embeds examples and caches each embedding, even if the request is cancelled later. */
export class ExampleEmbeddings {
  readonly #cache = new EmbeddingCache<{ vector: Float32Array }>(CACHE_BYTES);

  /** @throws Problem that names the class and the index of the example */
  async embed(classes: readonly ExampleClass[], request: ExampleRequest): Promise<EmbeddedClass[]> {
    const all = classes.flatMap(({ label, examples }) =>
      examples.map((example, i) => ({ label, example, place: i + 1 })),
    );
    const pictures = all.flatMap(({ example }) => (example instanceof Float32Array ? [] : [example]));
    const embedded = (await this.#pictures(pictures, request)).values();
    const vectors = all.map((one) => {
      const found = one.example instanceof Float32Array ? one.example : (embedded.next().value as Embedded);
      return { label: one.label, vector: checked(found, one, request.width) };
    });
    return classes.map(({ label }) => ({
      label,
      examples: vectors.flatMap((one) => (one.label === label ? [one.vector] : [])),
    }));
  }

  async #pictures(pictures: readonly Uint8Array[], { key, embed }: ExampleRequest): Promise<Embedded[]> {
    const keys = pictures.map((bytes) => `${key}\n${createHash('sha256').update(bytes).digest('base64')}`);
    const found: (Embedded | undefined)[] = keys.map((own) => this.#cache.get(own)?.vector);
    const missing = [...found.keys()].filter((i) => found[i] === undefined);
    const fresh = await embed(
      missing.map((i) => pictures[i] as Uint8Array),
      (place, vector) => this.#cache.set(keys[missing[place] as number] as string, { vector }),
    );
    for (const [place, i] of missing.entries()) found[i] = fresh[place];
    return found as Embedded[];
  }
}

type Embedded = Float32Array | Problem;

function checked(one: Embedded, { label, place }: { label: string; place: number }, width: number): Float32Array {
  const where = `Example ${place} of the class "${label}"`;
  const members = { option: 'examples', class: label, place };
  if (one instanceof Problem) throw new Problem(one.code, `${where}: ${one.message}`, { members });
  if (one.length !== width) {
    throw invalid(`${where} has ${one.length} numbers; embeddings of this model have ${width}.`, members);
  }
  const vector = Float32Array.from(one);
  try {
    normaliseRow(vector);
  } catch (cause) {
    throw invalid(`${where} is no embedding: it has no direction.`, members, cause);
  }
  return vector;
}

function invalid(detail: string, members: Record<string, unknown> = {}, cause?: unknown): Problem {
  return new Problem('option-invalid', detail, { members: { option: 'examples', ...members }, cause });
}
