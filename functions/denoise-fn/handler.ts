import { bytesOfOne, ENGINE_VERSION, operations, transformOne, useWorker, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

useWorker(new URL('./worker.js', import.meta.url));

const denoise = pictureFunction({
  name: 'denoise-fn',
  summary: operations.denoise.summary,
  example: { mode: 'median' },
  options: withOutput(operations.denoise.options),
  version: ENGINE_VERSION,
  memory: (picture, options) => bytesOfOne(picture, 'denoise', options),
  work: (picture, options, limits) => transformOne(picture, 'denoise', options, limits),
});

export const body = 'stream';
export const { openapi, close } = denoise;
export default denoise.handle;
