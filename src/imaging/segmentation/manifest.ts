import * as z from 'zod';
import { commonManifest, fileName, type Model, type ModelKind } from '#inference/models';

const graphName = z.string().min(1).max(100);
const three = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();

/** The manifest of a segmentation model, which separates the object from the background. */
const segmentationManifest = z.strictObject({
  ...commonManifest.shape,
  kind: z.literal('cutout'),
  image: z.strictObject({
    file: fileName,
    /** Names of the graph's input (float32 [1, 3, size, size]) and output (float32 [1, 1, size, size], from 0 to 1). */
    input: graphName,
    output: graphName,
    /** Side of the square input, in pixels; the whole picture is squashed to it. */
    size: z.int().min(32).max(1024),
    mean: three,
    std: z.tuple([positive, positive, positive]),
    interpolation: z.literal('lanczos'),
    fit: z.literal('fill'),
    quantisation: z.string().max(40),
  }),
});
export type SegmentationManifest = z.output<typeof segmentationManifest>;
export type SegmentationModel = Model<SegmentationManifest>;

/** A downloaded model ranks above a bundled one; then the one with the larger input. */
export const SEGMENTATION_MODELS: ModelKind<SegmentationManifest> = {
  kind: 'cutout',
  schema: segmentationManifest,
  requiredFiles: ({ image }) => [image.file],
  rank: ({ image, download }) => (download ? 1e9 : 0) + image.size,
};
