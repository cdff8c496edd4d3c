import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ModelLoader, type ModelSource } from '#inference/model-loader';
import type { ConfidenceSpec } from './confidence.ts';
import { CLIP_MODELS, type ClipManifest } from './manifest.ts';
import { largerThan, type Model } from './models.ts';
import { Vocabulary } from './vocabulary.ts';

/** A model that was chosen and verified. */
export interface Ready {
  model: Model;
  /** Identifies the model and its files. Embeddings are valid for one key. */
  key: string;
  vocabulary: Vocabulary | undefined;
  /** The id of a better model that could be installed. */
  larger: string | undefined;
}

/** The loader of clip models. */
export function readyLoader(source: ModelSource): ModelLoader<ClipManifest, Ready> {
  return new ModelLoader(source, CLIP_MODELS, async (model) => {
    const { vocabulary } = model.manifest;
    const words = vocabulary && (await readFile(path.join(model.folder, vocabulary), 'utf8'));
    return {
      model,
      key: keyOf(model),
      vocabulary: words === undefined ? undefined : new Vocabulary(words),
      larger: largerThan(source.folder, model),
    };
  });
}

/** Contains the hashes, since weights may change while the id and version of the manifest stay the same. */
function keyOf({ manifest: { id, files } }: Model): string {
  return [id, ...Object.values(files).map(({ sha256 }) => sha256)].join(' ');
}

/** What callers may know about the model in use. */
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
  /** The model card in Markdown, if the model has one. */
  card?: string;
}

export async function factsOf({ model: { folder, manifest } }: Ready): Promise<ModelFacts> {
  // The card is for people; the model works without it.
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
