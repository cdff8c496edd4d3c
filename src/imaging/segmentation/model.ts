import { chooseModel, type HashBook, missing, verifyFiles } from '#inference/models';
import type { Pixels } from '../pixels.ts';
import { SEGMENTATION_MODELS, type SegmentationModel } from './manifest.ts';
import type { segment } from './segment.ts';

/** Where the models are, and which one to use: without an id, the best one that is there. */
export interface SegmentationModels {
  folder: string;
  id?: string | undefined;
}

let models: SegmentationModels | undefined;
let chosen: Promise<SegmentationModel> | undefined;
const hashes: HashBook = new Map();

/** Says where the models that cut things out are. */
export function useSegmentationModels(settings: SegmentationModels | undefined): void {
  if (settings?.folder === models?.folder && settings?.id === models?.id) return;
  models = settings;
  chosen = undefined;
}

/** Where they are, for a process apart. */
export function segmentationModels(): SegmentationModels | undefined {
  return models;
}

/**
 * The model, its file checked. Once is enough; after a failure the next call looks again, so
 * that a mended file is found.
 * @throws Problem `model-missing` naming the file
 */
export function segmentationModel(): Promise<SegmentationModel> {
  chosen ??= open().catch((error) => {
    chosen = undefined;
    throw error;
  });
  return chosen;
}

/** The file turned out to be unusable: look at it anew. */
export function forgetSegmentationModel(): void {
  chosen = undefined;
}

async function open(): Promise<SegmentationModel> {
  const model = choose();
  await verifyFiles(model, SEGMENTATION_MODELS.requiredFiles(model.manifest), hashes);
  return model;
}

function choose(): SegmentationModel {
  if (!models) throw missing('This function has no models; call cutout-fn or transform-fn.');
  return chooseModel(models.folder, SEGMENTATION_MODELS, models.id);
}

/** Which model it is, for ETags: another one makes other pictures. */
export function segmentationVersion(): string {
  try {
    const { files, image } = choose().manifest;
    return files[image.file]?.sha256 ?? '';
  } catch {
    return 'no model';
  }
}

let engine: typeof segment | undefined;

/** Brings the engine that runs models. */
export function useSegmentationEngine(given: typeof segment): void {
  engine = given;
}

/** What a model takes for the object. @throws as `segment` does */
export async function runSegmentation(pixels: Pixels, model: SegmentationModel): Promise<Pixels> {
  if (!engine) throw new Error('this process has no engine for models');
  return engine(pixels, { model });
}
