import { Problem } from '#contract/problems';
import { ModelLoader, type ModelSource } from '#inference/model-loader';
import { modelMissing } from '#inference/models';
import type { Pixels } from '../pixels.ts';
import { SEGMENTATION_MODELS, type SegmentationManifest, type SegmentationModel } from './manifest.ts';
import type { segment } from './segment.ts';

/** Runs a segmentation model; see `segment`. It is passed in so that only functions with cutouts bundle the engine. */
export type SegmentationEngine = typeof segment;

/** A mask, the model that made it, and the picture that the model saw. */
export interface Segmented {
  small: Pixels;
  /** One channel: 0 background, 255 object. */
  mask: Pixels;
  model: SegmentationModel;
}

/** The segmentation model of a process, loaded on first use. */
export class Segmentation {
  readonly #loader: ModelLoader<SegmentationManifest> | undefined;
  readonly #engine: SegmentationEngine | undefined;

  /** @param source of the model; without it, or without an engine, `run` throws */
  constructor(source?: ModelSource, engine?: SegmentationEngine) {
    this.#loader = source && loaderOf(source);
    this.#engine = engine;
  }

  /**
   * Runs the model.
   * @param copyOf makes a square RGB copy of the picture, with sides of this many pixels
   * @throws Problem `model-missing` that names the file; the next call loads the model again
   */
  async run(copyOf: (side: number) => Promise<Pixels>): Promise<Segmented> {
    if (!this.#loader) throw modelMissing('This function has no models; call cutout-fn or transform-fn.');
    const model = await this.#loader.load();
    const small = await copyOf(model.manifest.image.size);
    if (!this.#engine) throw new Error('this process has no engine for models');
    try {
      return { small, mask: await this.#engine(small, { model }), model };
    } catch (error) {
      if (error instanceof Problem && error.code === 'model-missing') this.#loader.forget();
      throw error;
    }
  }
}

function loaderOf(source: ModelSource): ModelLoader<SegmentationManifest> {
  return new ModelLoader(source, SEGMENTATION_MODELS, async (model) => model);
}

/** Identifies the model, for ETags: another model makes other pictures. */
export function segmentationVersion(source: ModelSource): string {
  try {
    const { files, image } = loaderOf(source).choose().manifest;
    return files[image.file]?.sha256 ?? '';
  } catch {
    return 'no model';
  }
}
