import { borderMask } from '../kernels/border-mask.ts';
import { flattenedCopy, type Pixels } from '../pixels.ts';
import type { Segmentation } from './model.ts';

/* The ways to tell the object of a picture from its background, by the names that the option `method` has. */

export const METHODS = ['model', 'border'] as const;
export type Method = (typeof METHODS)[number];

/** A small RGB copy of a picture, and which of its pixels belong to the object. */
export interface FoundObject {
  small: Pixels;
  /** One channel, the size of `small`: 0 background, 255 object. */
  mask: Pixels;
  /** The model's id, or `border`. */
  method: string;
}

/** Longer side of the copy in which `border` compares colours, in pixels. */
const BORDER_SIDE = 160;

/** @throws Problem `model-missing` when a model is asked for and cannot be used */
export const findObject: Record<Method, (pixels: Pixels, segmentation: Segmentation) => Promise<FoundObject>> = {
  async model(pixels, segmentation) {
    const { small, mask, model } = await segmentation.run((side) =>
      flattenedCopy(pixels, { width: side, height: side, fit: 'fill', kernel: 'lanczos3' }),
    );
    return { small, mask, method: model.manifest.id };
  },
  async border(pixels) {
    const box = { width: BORDER_SIDE, height: BORDER_SIDE, fit: 'inside', withoutEnlargement: true } as const;
    const small = await flattenedCopy(pixels, box);
    return { small, mask: borderMask(small), method: 'border' };
  },
};
