import { envText, modelsFolder } from '#config/env';
import {
  bytesOfOne,
  ENGINE_VERSION,
  operations,
  segmentationVersion,
  transformOne,
  useWorker,
  withOutput,
} from '#imaging';
import { pictureFunction } from '#intake';
import { countModelsInChildren } from '#process/memory';

// Must be set before onnxruntime is first used: it sends telemetry and writes an id into the home folder.
process.env.ORT_DISABLE_TELEMETRY = '1';
useWorker(new URL('./worker.js', import.meta.url));
countModelsInChildren();
const models = { folder: modelsFolder(), id: envText('CUTOUT_MODEL', '') || undefined };

const cutout = pictureFunction({
  name: 'cutout-fn',
  summary: operations.cutout.summary,
  example: { format: 'png' },
  options: withOutput(operations.cutout.options),
  // Part of the cache key: another model gives other results.
  version: JSON.stringify([ENGINE_VERSION, segmentationVersion(models)]),
  memory: (picture, options) => bytesOfOne(picture, 'cutout', options),
  work: (picture, options, limits) => transformOne(picture, 'cutout', options, { ...limits, models }),
});

export const body = 'stream';
export const { openapi, close } = cutout;
export default cutout.handle;
