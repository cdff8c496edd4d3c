import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import { AdmissionControl } from './admission-control.ts';
import { eachPicture } from './batch.ts';
import { cleanText } from './clean-label.ts';
import type { ConfidenceSpec } from './confidence.ts';
import type {
  Batch,
  BatchLabels,
  BatchRanks,
  Call,
  ClassifierSettings,
  ClassifyOptions,
  ExampleClass,
  FoundLabel,
  PictureEmbedding,
  ReadOptions,
  TextEmbeddings,
} from './contract.ts';
import { ExampleEmbeddings } from './examples.ts';
import { LabelStore, type Prepared, type Wanted } from './label-store.ts';
import type { Labelset } from './labelsets.ts';
import type { Model } from './models.ts';
import { WorkerPool } from './pool.ts';
import { Preparers } from './preprocess-worker.ts';
import { type Prompt, readPrompt } from './prompts.ts';
import type { Job, WorkResult } from './protocol.ts';
import { factsOf, type ModelFacts, type Ready, readyLoader } from './ready-model.ts';
import { rank, type ScoredLabel, type ScoringRules, score } from './scoring.ts';
import { type NamedTargets, namedTargets, type Targets, targetsOf } from './targets.ts';
import { cpuBudget } from './threads.ts';
import type { Vocabulary } from './vocabulary.ts';

const MIB = 1024 * 1024;
/** Pictures that one request prepares ahead per worker, in addition to those in the current batch. */
const PICTURES_AHEAD = 2;

/** Classifies pictures. Knows nothing of HTTP: errors are thrown as Problems. */
export class Classifier {
  readonly #models: ReturnType<typeof readyLoader>;
  /** Child processes that preprocess pictures, and threads that run graphs. Each picture passes through both. */
  readonly #preparers = new Preparers();
  readonly #runners: WorkerPool<Job, Float32Array>;
  /** Pictures per batch, if the settings override the manifest. */
  readonly #batchSize: number | undefined;
  readonly #admission: AdmissionControl;
  readonly #labels: LabelStore;
  readonly #examples = new ExampleEmbeddings();
  readonly #maxPixels: number;

  /** @throws when the folder of label sets cannot be used, or does not contain the default set */
  constructor(settings: ClassifierSettings) {
    this.#labels = new LabelStore(settings);
    this.#maxPixels = settings.maxPixels ?? 50_000_000;
    const { requests = 64, deadline = TIMES.work } = settings;
    this.#admission = new AdmissionControl({ requests, bytes: 256 * MIB, deadline });
    this.#models = readyLoader({ folder: settings.modelsFolder, id: settings.model });
    const workers = settings.workers ?? 1;
    const threads = settings.threads ?? Math.max(1, Math.floor(cpuBudget() / workers));
    this.#batchSize = settings.batchSize;
    const batchSize = (model: Model, { kind }: Job) => (kind === 'pixels' ? this.#batchSizeFor(model) : 1);
    this.#runners = new WorkerPool({ url: settings.workerUrl, workers, start: { threads }, batchSize });
    this.#runners.start();
  }

  /**
   * Compares pictures with labels or with classes by example.
   * @param pictures encoded
   * @throws Problem `option-invalid`, `model-missing`, `busy` or `timed-out`; the problem of a single picture is part
   *   of the result
   */
  async classify(
    pictures: readonly Uint8Array[],
    options: ClassifyOptions,
    { signal }: Call = {},
  ): Promise<BatchLabels> {
    const named = namedTargets(options, this.#labels);
    const prompt = readPrompt(options.prompt);
    const bytes = bytesOf(pictures) + bytesOf(examplePictures(named));
    return this.#admission.run(bytes, signal, async (inner) => {
      const ready = await this.#models.load();
      const targeting = this.#targets(ready, named, { ...options, prompt }, inner);
      // Awaited below. If a picture fails the request first, nothing else would handle this rejection.
      targeting.catch(() => {});
      const found = await this.#each(ready, pictures, options, inner, async ({ data: picture, timings }) => {
        const { prepared, confidence } = await targeting;
        const began = performance.now();
        const scoring = score(picture, prepared.labels, prepared.vectors, rulesOf(ready, options, confidence));
        const cut = new Set(prepared.truncation.texts.map(({ text }) => text));
        const vocabulary = named.words && ready.vocabulary;
        const flagged = scoring.labels.map((label) => flag(label, vocabulary, cut));
        return { ...scoring, labels: flagged, timings: { ...timings, score: performance.now() - began } };
      });
      const { prepared, timings } = await targeting;
      const { unfamiliarWords, truncation } = prepared;
      const { id } = ready.model.manifest;
      return { model: id, pictures: found, unfamiliarWords, truncation, larger: ready.larger, timings };
    });
  }

  /** Embeds pictures. @throws as {@link classify} */
  async embedPictures(
    pictures: readonly Uint8Array[],
    read: Pick<ReadOptions, 'exif' | 'matte'> = {},
    { signal }: Call = {},
  ): Promise<Batch<PictureEmbedding>> {
    return this.#admission.run(bytesOf(pictures), signal, async (inner) => {
      const ready = await this.#models.load();
      const embedded = await this.#each(ready, pictures, read, inner, async ({ data, timings }) => ({
        vector: data,
        timings,
      }));
      return { model: ready.model.manifest.id, pictures: embedded, timings: {} };
    });
  }

  /** Embeds texts, each inserted into the prompt (`none` by default). @throws as {@link classify} */
  async embedTexts(
    texts: readonly string[],
    option: ReadOptions['prompt'] = 'none',
    { signal }: Call = {},
  ): Promise<TextEmbeddings> {
    const prompt = readPrompt(option);
    return this.#admission.run(0, signal, async (inner) => {
      const ready = await this.#models.load();
      const { found, durationMs } = await this.#prepare(ready, { labels: texts.map(cleanText) }, prompt, inner);
      const { vectors, truncation } = found;
      return { model: ready.model.manifest.id, vectors: [...vectors], truncation, timings: { text: durationMs } };
    });
  }

  /**
   * Ranks pictures by similarity to one text, inserted into the prompt (`none` by default).
   * @throws as {@link classify}
   */
  async rank(
    pictures: readonly Uint8Array[],
    text: string,
    { prompt: option = 'none', ...read }: ReadOptions = {},
    { signal }: Call = {},
  ): Promise<BatchRanks> {
    const prompt = readPrompt(option);
    return this.#admission.run(bytesOf(pictures), signal, async (inner) => {
      const ready = await this.#models.load();
      const { id, logitScale } = ready.model.manifest;
      const [embedded, { found: prepared, durationMs }] = await Promise.all([
        this.#each(ready, pictures, read, inner, async ({ data, timings }) => ({ vectors: data, timings })),
        this.#prepare(ready, { labels: [cleanText(text)] }, prompt, inner),
      ]);
      const ranked = rank(prepared.vectors[0] ?? new Float32Array(0), embedded, logitScale);
      return { model: id, ...ranked, truncation: prepared.truncation, timings: { text: durationMs } };
    });
  }

  /** All label sets, and the name of the default one. */
  labelsets(): { default: string; labelsets: Labelset[] } {
    return this.#labels.list();
  }

  /** The model in use. @throws Problem `model-missing` */
  async model(): Promise<ModelFacts> {
    return factsOf(await this.#models.load());
  }

  /** Loads the model and embeds the default labels before the first request. @throws Problem `model-missing` */
  async warm(): Promise<void> {
    const ready = await this.#models.load();
    await this.#work(ready, { kind: 'open' });
    await this.#prepare(ready, this.#labels.wanted(), readPrompt());
  }

  /** Figures for the metrics. */
  stats() {
    const { hits, misses, bytes, size } = this.#labels.embeddings.cache;
    return {
      inside: this.#admission.inside,
      waiting: this.#preparers.waiting + this.#runners.waiting,
      refused: this.#admission.refused,
      workers: this.#runners.workers,
      workerDeaths: this.#runners.deaths,
      labels: { hits, misses, bytes, entries: size },
    };
  }

  async close(): Promise<void> {
    await this.#runners.close();
  }

  #batchSizeFor({ manifest }: Model): number {
    return this.#batchSize ?? manifest.image.together;
  }

  /** Embeds pictures, and calls `then` for each as soon as its embedding is ready. */
  #each<T>(
    ready: Ready,
    pictures: readonly Uint8Array[],
    { exif = 'orient', matte }: Pick<ReadOptions, 'exif' | 'matte'>,
    signal: AbortSignal,
    then: (result: WorkResult<Float32Array>, place: number) => Promise<T>,
  ): Promise<(T | Problem)[]> {
    const { model } = ready;
    const rules = { exif, matte, maxPixels: this.#maxPixels };
    const { size } = model.manifest.image;
    const lanes = this.#runners.workers * (PICTURES_AHEAD + this.#batchSizeFor(model));
    return eachPicture(pictures, lanes, async (bytes, place) => {
      const prepared = await this.#preparers.run(bytes, { size, rules }, signal);
      const { data, timings } = await this.#work(ready, { kind: 'pixels', bytes: prepared.data }, signal);
      return then({ data, timings: added(prepared.timings, timings) }, place);
    });
  }

  /** Runs a job. If a file of the model is missing, the next request loads the model again. */
  async #work({ model }: Ready, job: Job, signal?: AbortSignal): Promise<WorkResult<Float32Array>> {
    try {
      return await this.#runners.run(model, job, signal);
    } catch (error) {
      if (error instanceof Problem && error.code === 'model-missing') this.#models.forget();
      throw error;
    }
  }

  /** The embeddings of labels, and how long it took to get them. */
  async #prepare(
    ready: Ready,
    wanted: Wanted,
    prompt: Prompt,
    signal?: AbortSignal,
  ): Promise<{ found: Prepared; durationMs: number }> {
    const began = performance.now();
    const embed = async (texts: string[]) => {
      const { data, tokenCounts = [] } = await this.#work(ready, { kind: 'texts', texts });
      return { rows: data, tokenCounts };
    };
    const found = await this.#labels.prepare(ready, wanted, prompt, { embed, lanes: this.#runners.workers, signal });
    return { found, durationMs: performance.now() - began };
  }

  /** The embeddings to compare pictures with. @throws Problem that names the example */
  async #targets(
    ready: Ready,
    { words, classes }: NamedTargets,
    { prompt, ...read }: Pick<ReadOptions, 'exif' | 'matte'> & { prompt: Prompt },
    signal: AbortSignal,
  ): Promise<Targets> {
    const [labelled, embedded] = await Promise.all([
      words && this.#prepare(ready, words, prompt, signal),
      classes && this.#embedExamples(ready, classes, read, signal),
    ]);
    return targetsOf(labelled, embedded, ready.model.manifest.text.contextLength);
  }

  async #embedExamples(
    ready: Ready,
    classes: readonly ExampleClass[],
    read: Pick<ReadOptions, 'exif' | 'matte'>,
    signal: AbortSignal,
  ) {
    const began = performance.now();
    const found = await this.#examples.embed(classes, {
      key: [ready.key, read.exif, read.matte].join('\n'),
      width: ready.model.manifest.embedding,
      embed: (pictures, onEach) =>
        this.#each(ready, pictures, read, signal, async ({ data }, place) => {
          onEach(place, data);
          return data;
        }),
    });
    return { found, durationMs: performance.now() - began };
  }
}

/** @param confidence for classes by example; the model's own thresholds apply to pictures and words */
function rulesOf({ model: { manifest } }: Ready, options: ClassifyOptions, confidence?: ConfidenceSpec): ScoringRules {
  const { logitScale, minCosine: modelMinCosine } = manifest;
  const { top = 5, minCosine } = options;
  return { logitScale, top, confidence: confidence ?? manifest.confidence, modelMinCosine, minCosine };
}

/** Adds timings of two steps, stage by stage, in milliseconds. */
function added(first: Record<string, number>, second: Record<string, number>): Record<string, number> {
  const sums = Object.entries(second).map(([stage, ms]) => [stage, ms + (first[stage] ?? 0)]);
  return { ...first, ...Object.fromEntries(sums) };
}

function examplePictures({ classes = [] }: NamedTargets): Uint8Array[] {
  return classes.flatMap(({ examples }) => examples.filter((one) => one instanceof Uint8Array));
}

function bytesOf(pictures: readonly Uint8Array[]): number {
  return pictures.reduce((sum, { length }) => sum + length, 0);
}

function flag(found: ScoredLabel, vocabulary: Vocabulary | undefined, cut: ReadonlySet<string>): FoundLabel {
  const unfamiliar = (vocabulary?.unfamiliar(found.label).length ?? 0) > 0;
  const truncated = cut.has(found.label);
  return { ...found, ...(unfamiliar && { unfamiliar }), ...(truncated && { truncated }) };
}
