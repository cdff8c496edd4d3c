import { preparePresets } from '#clip/prepare';

// As in the handler: onnxruntime, which is loaded only when something is missing, would report to its maker.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** Run by the build: the label sets of the models that come along. */
export const prepare = preparePresets;
