import * as models from '#inference/models';
import { CLIP_MODELS, type ClipManifest, requiredFiles } from './manifest.ts';

/** A model on disk: its manifest and its folder. */
export type Model = models.Model<ClipManifest>;

/** The clip models in a folder, best first, each with its manifest or with what is wrong with it. */
export const listModels = (modelsFolder: string) => models.listModels(modelsFolder, CLIP_MODELS);

/** The `wanted` model, or the best one with all its files. @throws Problem `model-missing` */
export const chooseModel = (modelsFolder: string, wanted?: string): Model =>
  models.chooseModel(modelsFolder, CLIP_MODELS, wanted);

/** The id of the next model to offer: the smallest download among the better models that are not installed. */
export function largerThan(modelsFolder: string, { manifest }: Model): string | undefined {
  const own = CLIP_MODELS.rank(manifest);
  const better = listModels(modelsFolder).flatMap(({ model }) => {
    const found = model?.manifest;
    return found?.download && CLIP_MODELS.rank(found) > own ? [found] : [];
  });
  const size = ({ files }: ClipManifest): number => Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
  return better.sort((a, b) => size(a) - size(b))[0]?.id;
}

/** Checks size and SHA-256 of every file. @throws Problem `model-missing` naming the file and what is wrong with it */
export const verifyModel = (model: Model, hashes: models.HashBook): Promise<void> =>
  models.verifyFiles(model, requiredFiles(model.manifest), hashes);
