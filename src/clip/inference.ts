import { statSync } from 'node:fs';
import path from 'node:path';
import { modelMissing } from '#inference/models';
import { requiredFiles } from './manifest.ts';
import type { Model } from './models.ts';
import { normalise } from './normalise.ts';
import { type Job, stopwatch, type Work, type WorkResult } from './protocol.ts';
import { type ImageTower, openImageTower, openTextTower, type TextTower } from './session.ts';

/** Runs graphs on `threads` threads each. Both towers of a model are opened on first use. */
export function runner(threads: number): Work {
  const towers = new Towers(threads);
  const texts = new Texts(towers);
  const pictures = new Pictures(towers);
  const other = async (model: Model, job: Job): Promise<WorkResult<Float32Array>> => {
    if (job.kind === 'texts') return texts.embed(model, job.texts);
    await towers.image(model);
    return { data: new Float32Array(0), timings: {} };
  };
  return (model, jobs) => {
    const pixels = jobs.flatMap((job: Job) => (job.kind === 'pixels' ? [job.bytes] : []));
    if (pixels.length > 0) return pictures.embed(model, pixels);
    return Promise.allSettled(jobs.map((job) => other(model, job)));
  };
}

const keyOf = ({ folder, manifest: { files } }: Model) =>
  [folder, ...Object.values(files).map(({ sha256 }) => sha256)].join(' ');

/** The open towers. */
class Towers {
  readonly #threads: number;
  readonly #opened = new Map<string, Promise<unknown>>();
  /**
   * Size and time of change of the files, by model. Both towers must come from the same export, so a model is refused
   * if a file was replaced after the first tower was opened.
   */
  readonly #states = new Map<string, string>();

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** @throws Problem `model-missing` */
  image(model: Model): Promise<ImageTower> {
    return this.#open('image', model, openImageTower);
  }

  /** @throws Problem `model-missing` */
  text(model: Model): Promise<TextTower> {
    return this.#open('text', model, openTextTower);
  }

  /** Closes a text tower to free its memory. */
  async closeText(model: Model): Promise<void> {
    const tower = this.text(model);
    this.#opened.delete(`text ${keyOf(model)}`);
    await (await tower).close();
  }

  /** Opens a tower once. A failure is not kept, so that a repaired file is found. */
  #open<T>(half: 'image' | 'text', model: Model, open: (model: Model, threads: number) => Promise<T>): Promise<T> {
    const key = `${half} ${keyOf(model)}`;
    const known = this.#opened.get(key) as Promise<T> | undefined;
    if (known) return known;
    const opening = (async () => {
      this.#checkUnchanged(model);
      return open(model, this.#threads);
    })();
    this.#opened.set(key, opening);
    opening.catch(() => this.#opened.delete(key));
    return opening;
  }

  #checkUnchanged(model: Model): void {
    const { folder, manifest } = model;
    const now = requiredFiles(manifest).map((name) => {
      const stat = statSync(path.join(folder, name), { throwIfNoEntry: false });
      return `${name} ${stat?.size} ${stat?.mtimeMs}`;
    });
    const [key, state] = [keyOf(model), now.join('\n')];
    if ((this.#states.get(key) ?? state) !== state) {
      this.#states.delete(key);
      throw modelMissing(
        `The files of the model "${manifest.id}" were replaced while it was in use; the next request uses them.`,
      );
    }
    this.#states.set(key, state);
  }
}

type Embedded = PromiseSettledResult<WorkResult<Float32Array>>[];

/** Embeds pictures, one run per batch. */
class Pictures {
  readonly #towers: Towers;
  /** Input buffer of the graph, reused because allocating it costs more than filling it. */
  #planes = new Float32Array(0);
  #line: Promise<unknown> = Promise.resolve();

  constructor(towers: Towers) {
    this.#towers = towers;
  }

  /** Runs batches one after another, since they share the input buffer. @throws Problem `model-missing` */
  embed(model: Model, pixels: Uint8Array[]): Promise<Embedded> {
    const embedded = this.#line.then(() => this.#batch(model, pixels));
    this.#line = embedded.catch(() => {});
    return embedded;
  }

  /** If a batch fails, runs its pictures one by one, so that each fails or succeeds by itself. */
  async #batch(model: Model, pixels: Uint8Array[]): Promise<Embedded> {
    const tower = await this.#towers.image(model);
    const [all] = await Promise.allSettled([this.#run(tower, model, pixels)]);
    if (all.status === 'fulfilled') return all.value.map((value) => ({ status: 'fulfilled', value }));
    if (pixels.length === 1) return [all];
    const each: Embedded = [];
    for (const one of pixels) each.push(...(await this.#batch(model, [one])));
    return each;
  }

  async #run(tower: ImageTower, { manifest }: Model, pixels: Uint8Array[]) {
    const { image, embedding } = manifest;
    const clock = stopwatch();
    const length = 3 * image.size ** 2;
    if (this.#planes.length < pixels.length * length) this.#planes = new Float32Array(pixels.length * length);
    for (const [i, one] of pixels.entries()) normalise(one, image, this.#planes.subarray(i * length, (i + 1) * length));
    const preprocess = clock();
    const rows = await tower.embed(this.#planes.subarray(0, pixels.length * length));
    const timings = { preprocess, infer: clock() };
    // Copied, because the engine's output may be a view of its own memory.
    return pixels.map((_, i) => ({ data: rows.slice(i * embedding, (i + 1) * embedding), timings }));
  }
}

/**
 * Milliseconds until an idle text tower is closed. Label embeddings are cached, so it is seldom needed, and it may
 * hold 200 MB.
 */
const TEXT_IDLE = 20_000;

class Texts {
  readonly #towers: Towers;
  #idle: NodeJS.Timeout | undefined;
  #jobs = 0;

  constructor(towers: Towers) {
    this.#towers = towers;
  }

  async embed(model: Model, texts: string[]): Promise<WorkResult<Float32Array>> {
    const clock = stopwatch();
    clearTimeout(this.#idle);
    this.#jobs += 1;
    try {
      const tower = await this.#towers.text(model);
      const { rows, tokenCounts } = await tower.embed(texts);
      return { data: rows, tokenCounts, timings: { text: clock() } };
    } finally {
      this.#jobs -= 1;
      if (this.#jobs === 0) this.#idle = setTimeout(() => this.#towers.closeText(model), TEXT_IDLE).unref();
    }
  }
}
