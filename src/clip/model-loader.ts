import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HashBook } from '#inference/models';
import type { ConfidenceSpec } from './confidence.ts';
import { chooseModel, largerThan, type Model, verifyModel } from './models.ts';
import { Vocabulary } from './vocabulary.ts';

/** A model chosen and checked. */
export interface Ready {
  model: Model;
  /** The model and its files: what embeddings belong to. */
  key: string;
  vocabulary: Vocabulary | undefined;
  /** A better model that could be installed. */
  larger: string | undefined;
}

/** Chooses and checks the model once; after a failure the next request looks again, so that mended files are found. */
export class ModelLoader {
  readonly #folder: string;
  readonly #wanted: string | undefined;
  readonly #hashes: HashBook = new Map();
  #ready: Promise<Ready> | undefined;

  /**
   * @param folder holds one folder a model
   * @param wanted the model's id; without it the best one that is there
   */
  constructor(folder: string, wanted: string | undefined) {
    this.#folder = folder;
    this.#wanted = wanted;
  }

  /** @throws Problem `model-missing` */
  ready(): Promise<Ready> {
    this.#ready ??= this.#open().catch((error) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  /** A file turned out to be missing or wrong: look at the whole model anew. */
  forget(): void {
    this.#ready = undefined;
  }

  async #open(): Promise<Ready> {
    const model = chooseModel(this.#folder, this.#wanted);
    await verifyModel(model, this.#hashes);
    const { vocabulary } = model.manifest;
    const words = vocabulary && (await readFile(path.join(model.folder, vocabulary), 'utf8'));
    return {
      model,
      key: keyOf(model),
      vocabulary: words === undefined ? undefined : new Vocabulary(words),
      larger: largerThan(this.#folder, model),
    };
  }
}

/** The manifest's own words could stay while its weights change; their hashes cannot. */
function keyOf({ manifest: { id, files } }: Model): string {
  return [id, ...Object.values(files).map(({ sha256 }) => sha256)].join(' ');
}

/** What may be told about the model in use. */
export interface ModelFacts {
  id: string;
  title: string;
  version: string;
  source: string;
  licence: string;
  imageSize: number;
  contextLength: number;
  embedding: number;
  quantisation: { image: string; text: string };
  logitScale: number;
  minCosine: number;
  confidence?: ConfidenceSpec;
  /** The model card, Markdown, where the model brings one. */
  card?: string;
}

export async function factsOf({ model: { folder, manifest } }: Ready): Promise<ModelFacts> {
  // A card is for people: without its file the model works as well.
  const card = manifest.card && (await readFile(path.join(folder, manifest.card), 'utf8').catch(() => undefined));
  const { id, title, version, source, licence, embedding, logitScale, minCosine, image, text } = manifest;
  const { confidence } = manifest;
  return {
    ...{ id, title, version, source, licence, embedding, logitScale, minCosine },
    imageSize: image.size,
    contextLength: text.contextLength,
    quantisation: { image: image.quantisation, text: text.quantisation },
    ...(confidence && { confidence }),
    ...(card && { card }),
  };
}
