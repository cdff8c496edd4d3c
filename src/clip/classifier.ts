import { Problem } from '#platform/problems';
import { TIMES } from '#platform/times';
import { Gate } from './gate.ts';
import { LabelBook } from './labels.ts';
import { type Labelset, loadLabelsets } from './labelsets.ts';
import { factsOf, type ModelFacts, ModelKeeper, type Ready } from './model-keeper.ts';
import { WorkerPool } from './pool.ts';
import type { ExifRule } from './preprocess.ts';
import { type Prompt, readPrompt } from './prompts.ts';
import type { Job, WorkResult } from './protocol.ts';
import { type ScoredLabel, score } from './scoring.ts';
import { cpuBudget } from './threads.ts';
import type { Vocabulary } from './vocabulary.ts';

const MIB = 1024 * 1024;

export interface ClassifierSettings {
  /** Folder that holds one folder a model. */
  modelsFolder: string;
  /** Which model; without it the best one that is there. */
  model?: string | undefined;
  /** The bundle of worker.ts. */
  workerUrl: URL;
  /** Inference workers: 1 (the default) for the shortest answer, one a processor for the most answers. */
  workers?: number | undefined;
  /** Threads of one graph run; by default the processors, shared among the workers. */
  threads?: number | undefined;
  /** Folder with more label sets. */
  labelsets?: string | undefined;
  /** The label set for requests that name no labels. */
  defaultLabelset: string;
  /** Requests at once, running and waiting (64). */
  requests?: number | undefined;
  /** Milliseconds one request may take. */
  deadline?: number | undefined;
  /** Pixels that a picture's header may declare (50 million). */
  maxPixels?: number | undefined;
  /** Bytes of label embeddings that are kept (64 MiB). */
  cacheBytes?: number | undefined;
}

export interface ClassifyOptions {
  /** A list, or the name of a label set; without them, the default set. */
  labels?: readonly string[] | { labelset: string } | undefined;
  /** See `readPrompt`. */
  prompt?: string | readonly string[] | undefined;
  top?: number | undefined;
  /** Below this cosine the answer is unknown; the model's own by default, 0 turns it off. */
  minCosine?: number | undefined;
  exif?: ExifRule | undefined;
}

export interface FoundLabel extends ScoredLabel {
  /** The model never learned a word of this label: its score means little. */
  unfamiliar?: true;
}

export interface Classification {
  /** The model's id. */
  model: string;
  /** The best labels, best first. */
  labels: FoundLabel[];
  unknown: boolean;
  /** Words in any of the given labels that the model never learned. */
  unfamiliarWords: string[];
  /** Milliseconds by stage. */
  timings: Record<string, number>;
}

export interface Embedding {
  model: string;
  /** Of length 1. */
  vectors: Float32Array[];
  timings: Record<string, number>;
}

export interface Call {
  signal?: AbortSignal | undefined;
}

/** Labels to compare with; a set's have its name. */
interface Wanted {
  name?: string;
  labels: readonly string[];
}

/** Tells what is in pictures. Knows nothing of HTTP: problems are thrown as Problems. */
export class Classifier {
  readonly #models: ModelKeeper;
  readonly #pool: WorkerPool;
  readonly #gate: Gate;
  readonly #settings: ClassifierSettings;
  readonly #book: LabelBook;
  readonly #sets: Map<string, Labelset>;
  /** Embeddings of whole label sets under named prompts: never evicted, for everybody asks for them. */
  readonly #presets = new Map<string, Float32Array[]>();

  /** @throws when the folder of label sets cannot be used, or has no set of the default's name */
  constructor(settings: ClassifierSettings) {
    this.#settings = settings;
    this.#sets = loadLabelsets(settings.labelsets);
    if (!this.#sets.has(settings.defaultLabelset)) throw unknownSet(settings.defaultLabelset, [...this.#sets.keys()]);
    const { requests = 64, deadline = TIMES.work } = settings;
    this.#gate = new Gate({ requests, bytes: 256 * MIB, deadline });
    this.#book = new LabelBook(settings.cacheBytes ?? 64 * MIB);
    this.#models = new ModelKeeper(settings.modelsFolder, settings.model);
    const workers = settings.workers ?? 1;
    const threads = settings.threads ?? Math.max(1, Math.floor(cpuBudget() / workers));
    this.#pool = new WorkerPool({ url: settings.workerUrl, workers, threads });
    this.#pool.start();
  }

  /**
   * Compares a picture with labels.
   * @param bytes an encoded picture
   * @throws Problem `option-invalid`, `picture-damaged`, `too-many-pixels`, `model-missing`, `busy` or `timed-out`
   */
  async classify(bytes: Uint8Array, options: ClassifyOptions, { signal }: Call = {}): Promise<Classification> {
    const prompt = readPrompt(options.prompt);
    const set = this.#labelset(options.labels);
    return this.#gate.pass(bytes.length, signal, async (inner) => {
      const ready = await this.#models.ready();
      const { manifest } = ready.model;
      const [image, { vectors, text }] = await Promise.all([
        this.#embedPicture(ready, bytes, options.exif, inner),
        this.#labelVectors(ready, set, prompt, inner),
      ]);
      const began = performance.now();
      const { top = 5, minCosine = manifest.minCosine } = options;
      const { logitScale } = manifest;
      const scoring = score(image.vectors, set.labels, vectors, { logitScale, top, minCosine });
      const labels = scoring.labels.map((found) => flag(found, ready.vocabulary));
      const words = new Set(set.labels.flatMap((label) => ready.vocabulary?.unfamiliar(label) ?? []));
      const timings = { ...image.timings, text, score: performance.now() - began };
      return { model: manifest.id, labels, unknown: scoring.unknown, unfamiliarWords: [...words], timings };
    });
  }

  /** The embedding of a picture. @throws as {@link classify} */
  async embedImage(
    bytes: Uint8Array,
    options: { exif?: ExifRule | undefined } = {},
    call: Call = {},
  ): Promise<Embedding> {
    return this.#gate.pass(bytes.length, call.signal, async (inner) => {
      const ready = await this.#models.ready();
      const { vectors, timings } = await this.#embedPicture(ready, bytes, options.exif, inner);
      return { model: ready.model.manifest.id, vectors: [vectors], timings };
    });
  }

  /** The embeddings of texts, each put into the prompt (`none` by default). @throws as {@link classify} */
  async embedTexts(
    texts: readonly string[],
    option: string | readonly string[] = 'none',
    call: Call = {},
  ): Promise<Embedding> {
    const prompt = readPrompt(option);
    return this.#gate.pass(0, call.signal, async (inner) => {
      const ready = await this.#models.ready();
      const { vectors, text } = await this.#labelVectors(ready, { labels: texts }, prompt, inner);
      return { model: ready.model.manifest.id, vectors, timings: { text } };
    });
  }

  /** The label sets there are, and which one is meant without a word. */
  labelsets(): { default: string; labelsets: Labelset[] } {
    return { default: this.#settings.defaultLabelset, labelsets: [...this.#sets.values()] };
  }

  /** The model in use. @throws Problem `model-missing` */
  async model(): Promise<ModelFacts> {
    return factsOf(await this.#models.ready());
  }

  /** Loads the model and works out the default labels ahead of the first request. @throws Problem `model-missing` */
  async warm(): Promise<void> {
    const ready = await this.#models.ready();
    await this.#work(ready, { kind: 'open' });
    await this.#labelVectors(ready, this.#labelset(), readPrompt());
  }

  /** Counts for the metrics. */
  stats() {
    const { hits, misses, bytes, size } = this.#book.cache;
    return {
      inside: this.#gate.inside,
      waiting: this.#pool.waiting,
      refused: this.#gate.refused,
      workers: this.#pool.workers,
      workerDeaths: this.#pool.deaths,
      labels: { hits, misses, bytes, entries: size },
    };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #embedPicture(ready: Ready, bytes: Uint8Array, exif: ExifRule = 'orient', signal?: AbortSignal): Promise<WorkResult> {
    const { maxPixels = 50_000_000 } = this.#settings;
    return this.#work(ready, { kind: 'image', bytes, rules: { exif, maxPixels } }, signal);
  }

  /** Work of which a missing file makes the whole model be looked at anew. */
  async #work({ model }: Ready, job: Job, signal?: AbortSignal): Promise<WorkResult> {
    try {
      return await this.#pool.run(model, job, signal);
    } catch (error) {
      if (error instanceof Problem && error.code === 'model-missing') this.#models.forget();
      throw error;
    }
  }

  #labelset(labels: ClassifyOptions['labels'] = { labelset: this.#settings.defaultLabelset }): Wanted {
    if (!('labelset' in labels)) return { labels: [...new Set(labels)] };
    const set = this.#sets.get(labels.labelset);
    if (!set) throw unknownSet(labels.labelset, [...this.#sets.keys()]);
    return { name: set.name, labels: [...new Set(set.labels)] };
  }

  /** The embeddings of labels, and the milliseconds it took to have them. */
  async #labelVectors(ready: Ready, { name, labels }: Wanted, prompt: Prompt, signal?: AbortSignal) {
    const began = performance.now();
    const preset = name !== undefined && prompt.named ? `${ready.key}\n${name}\n${prompt.key}` : undefined;
    const known = preset === undefined ? undefined : this.#presets.get(preset);
    if (known) return { vectors: known, text: performance.now() - began };
    const embed = async (texts: string[]) => (await this.#work(ready, { kind: 'texts', texts })).vectors;
    const request = { model: ready.key, prompt, labels, embed, lanes: this.#pool.workers, signal };
    const vectors = await this.#book.vectors(request);
    if (preset !== undefined) this.#presets.set(preset, vectors);
    return { vectors, text: performance.now() - began };
  }
}

function flag(found: ScoredLabel, vocabulary: Vocabulary | undefined): FoundLabel {
  return vocabulary && vocabulary.unfamiliar(found.label).length > 0 ? { ...found, unfamiliar: true } : found;
}

function unknownSet(name: string, known: string[]): Problem {
  return new Problem('option-invalid', `There is no label set "${name.slice(0, 60)}"; there are ${known.join(', ')}.`, {
    members: { option: 'labelset', allowed: known },
  });
}
