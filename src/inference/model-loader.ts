import { type CommonManifest, chooseModel, type HashBook, type Model, type ModelKind, verifyFiles } from './models.ts';

/** Where models are found, and which one to use. */
export interface ModelSource {
  /** Holds one folder per model. */
  folder: string;
  /** The model's id; without it, the best installed model is used. */
  id?: string | undefined;
}

/** Chooses a model of one kind, verifies its files and opens it, once. A failure is not kept: the next call retries. */
export class ModelLoader<Manifest extends CommonManifest, Opened = Model<Manifest>> {
  readonly #source: ModelSource;
  readonly #kind: ModelKind<Manifest>;
  readonly #open: (model: Model<Manifest>) => Promise<Opened>;
  readonly #hashes: HashBook = new Map();
  #opened: Promise<Opened> | undefined;

  /** @param open turns a verified model into what `load` returns */
  constructor(source: ModelSource, kind: ModelKind<Manifest>, open: (model: Model<Manifest>) => Promise<Opened>) {
    this.#source = source;
    this.#kind = kind;
    this.#open = open;
  }

  /** The model that `load` would open, by manifests alone. @throws Problem `model-missing` */
  choose(): Model<Manifest> {
    return chooseModel(this.#source.folder, this.#kind, this.#source.id);
  }

  /** @throws Problem `model-missing` that names the file */
  load(): Promise<Opened> {
    this.#opened ??= this.#verified()
      .then(this.#open)
      .catch((error) => {
        this.#opened = undefined;
        throw error;
      });
    return this.#opened;
  }

  /** Drops the opened model, when a file turns out to be missing or wrong: the next `load` verifies all files again. */
  forget(): void {
    this.#opened = undefined;
  }

  async #verified(): Promise<Model<Manifest>> {
    const model = this.choose();
    await verifyFiles(model, this.#kind.requiredFiles(model.manifest), this.#hashes);
    return model;
  }
}
