import { chooseModel, type HashBook, missing, verifyFiles } from '#platform/models';
import type { Pixels } from '../pixels.ts';
import { MATTE_MODELS, type MatteModel } from './manifest.ts';
import type { matte } from './matte.ts';

/** Where the models are, and which one to use: without an id, the best one that is there. */
export interface MatteModels {
  folder: string;
  id?: string | undefined;
}

let models: MatteModels | undefined;
let chosen: Promise<MatteModel> | undefined;
const hashes: HashBook = new Map();

/** Says where the models that cut things out are. */
export function useMatteModels(settings: MatteModels | undefined): void {
  if (settings?.folder === models?.folder && settings?.id === models?.id) return;
  models = settings;
  chosen = undefined;
}

/** Where they are, for a process apart. */
export function matteModels(): MatteModels | undefined {
  return models;
}

/**
 * The model, its file checked. Once is enough; after a failure the next call looks again, so that a mended file is found.
 * @throws Problem `model-missing` naming the file
 */
export function matteModel(): Promise<MatteModel> {
  chosen ??= open().catch((error) => {
    chosen = undefined;
    throw error;
  });
  return chosen;
}

/** The file turned out to be unusable: look at it anew. */
export function forgetMatteModel(): void {
  chosen = undefined;
}

async function open(): Promise<MatteModel> {
  const model = choose();
  await verifyFiles(model, MATTE_MODELS.requiredFiles(model.manifest), hashes);
  return model;
}

function choose(): MatteModel {
  if (!models) throw missing('This function has no models; call cutout-fn or transform-fn.');
  return chooseModel(models.folder, MATTE_MODELS, models.id);
}

/** Which model it is, for ETags: another one makes other pictures. */
export function matteVersion(): string {
  try {
    const { files, image } = choose().manifest;
    return files[image.file]?.sha256 ?? '';
  } catch {
    return 'no model';
  }
}

let engine: typeof matte | undefined;

/** Brings the engine that runs models. */
export function useMatteEngine(given: typeof matte): void {
  engine = given;
}

/** What a model takes for the object. @throws as `matte` does */
export async function runMatte(pixels: Pixels, model: MatteModel): Promise<Pixels> {
  if (!engine) throw new Error('this process has no engine for models');
  return engine(pixels, { model });
}
