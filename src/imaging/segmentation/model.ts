import { ModelLoader, type ModelSource } from '#inference/model-loader';
import { modelMissing } from '#inference/models';
import type { Pixels } from '../pixels.ts';
import { SEGMENTATION_MODELS, type SegmentationManifest, type SegmentationModel } from './manifest.ts';
import type { segment } from './segment.ts';

let source: ModelSource | undefined;
let loader: ModelLoader<SegmentationManifest> | undefined;

/** Sets where the segmentation models are. */
export function useSegmentationModels(models: ModelSource | undefined): void {
  if (models?.folder === source?.folder && models?.id === source?.id) return;
  source = models;
  loader = models && new ModelLoader(models, SEGMENTATION_MODELS, async (model) => model);
}

/** Where the segmentation models are, to be passed to a child process. */
export function segmentationModels(): ModelSource | undefined {
  return source;
}

function loaderInUse(): ModelLoader<SegmentationManifest> {
  if (loader) return loader;
  throw modelMissing('This function has no models; call cutout-fn or transform-fn.');
}

/** The model, its file verified. @throws Problem `model-missing` that names the file */
export async function segmentationModel(): Promise<SegmentationModel> {
  return loaderInUse().load();
}

/** Call this when the model's file turns out to be unusable: the next call verifies it again. */
export function forgetSegmentationModel(): void {
  loader?.forget();
}

/** Identifies the model, for ETags: another model makes other pictures. */
export function segmentationVersion(): string {
  try {
    const { files, image } = loaderInUse().choose().manifest;
    return files[image.file]?.sha256 ?? '';
  } catch {
    return 'no model';
  }
}

let engine: typeof segment | undefined;

/** Sets the engine that runs segmentation models in this process. */
export function useSegmentationEngine(given: typeof segment): void {
  engine = given;
}

/** Runs the model. @throws as `segment` does */
export async function runSegmentation(pixels: Pixels, model: SegmentationModel): Promise<Pixels> {
  if (!engine) throw new Error('this process has no engine for models');
  return engine(pixels, { model });
}
