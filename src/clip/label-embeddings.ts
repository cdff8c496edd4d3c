import { EmbeddingCache } from './cache.ts';
import { type Prompt, sentences } from './prompts.ts';
import type { TextRows } from './session.ts';
import { type LabelEmbedding, meanDirection } from './vectors.ts';

/**
 * Texts per job for a worker, which runs texts of equal lengths together. Pictures do not wait for the whole job, only
 * for one run.
 */
const TEXTS_AT_ONCE = 64;

export type EmbedTexts = (texts: string[]) => Promise<TextRows>;

/** Labels to embed, with the model and prompt to use. */
export interface LabelRequest {
  /** Identifies the model and its version. */
  model: string;
  prompt: Prompt;
  labels: readonly string[];
  embed: EmbedTexts;
  /** Most batches in progress. */
  lanes: number;
  signal?: AbortSignal | undefined;
}

/**
 * Embeds labels and caches each (model, prompt, label). Concurrent requests for the same label share the work, and the
 * embeddings that a cancelled request has finished stay cached.
 */
export class LabelEmbeddings {
  readonly cache: EmbeddingCache<LabelEmbedding>;
  readonly #underway = new Map<string, Promise<LabelEmbedding>>();

  constructor(maxBytes: number) {
    this.cache = new EmbeddingCache<LabelEmbedding>(maxBytes);
  }

  /** One embedding per label, in order. */
  async embeddings(request: LabelRequest): Promise<LabelEmbedding[]> {
    const { labels, lanes, signal } = request;
    const prefix = `${request.model}\n${request.prompt.key}\n`;
    const found = labels.map((label) => this.cache.get(prefix + label));
    const missing = labels.flatMap((label, index) => (found[index] ? [] : [{ label, index, key: prefix + label }]));
    if (missing.length === 0) return found as LabelEmbedding[];
    const left = new Map(missing.map(({ key, label }) => [key, label]));
    const results = new Map<string, LabelEmbedding>();
    const lane = async () => {
      for (let batch = this.#take(left, request); batch; batch = this.#take(left, request)) {
        signal?.throwIfAborted();
        for (const [key, promise] of batch) results.set(key, await abortable(promise, signal));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    for (const { index, key } of missing) found[index] = results.get(key);
    return found as LabelEmbedding[];
  }

  /** The next batch: a label that another request is embedding, or else up to `TEXTS_AT_ONCE` new texts. */
  #take(left: Map<string, string>, request: LabelRequest): [string, Promise<LabelEmbedding>][] | undefined {
    const most = Math.max(1, Math.floor(TEXTS_AT_ONCE / request.prompt.templates.length));
    const fresh: [string, string][] = [];
    for (const [key, label] of left) {
      const known = this.#known(key);
      if (known) {
        left.delete(key);
        return [[key, known]];
      }
      fresh.push([key, label]);
      if (fresh.length === most) break;
    }
    if (fresh.length === 0) return undefined;
    for (const [key] of fresh) left.delete(key);
    return this.#start(fresh, request);
  }

  #known(key: string): Promise<LabelEmbedding> | undefined {
    const underway = this.#underway.get(key);
    if (underway) return underway;
    const cached = this.cache.peek(key);
    return cached && Promise.resolve(cached);
  }

  #start(fresh: [string, string][], { prompt, embed }: LabelRequest): [string, Promise<LabelEmbedding>][] {
    const { length } = prompt.templates;
    const all = embed(fresh.flatMap(([, label]) => sentences(prompt, label)));
    return fresh.map(([key], place) => {
      const one = all.then(({ rows, tokenCounts }) => {
        const width = rows.length / (fresh.length * length);
        const row = (i: number) => rows.slice(i * width, (i + 1) * width);
        const own = Array.from({ length }, (_, i) => row(place * length + i));
        const vector = length === 1 ? (own[0] as Float32Array) : meanDirection(own);
        const tokens = Math.max(0, ...tokenCounts.slice(place * length, (place + 1) * length));
        this.cache.set(key, { vector, tokens });
        return { vector, tokens };
      });
      this.#underway.set(key, one);
      const done = () => this.#underway.delete(key);
      one.then(done, done);
      return [key, one];
    });
  }
}

/** Waits for a shared promise, until the caller's signal aborts. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
