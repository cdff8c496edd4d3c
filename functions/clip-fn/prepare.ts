import { preparePresets } from '#clip/prepare';

// As in the handler: no telemetry from onnxruntime, which is loaded only if a label set is missing.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** Called by the build: embeds the label sets of the models in the image. */
export const prepare = preparePresets;
