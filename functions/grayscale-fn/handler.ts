import { bytesOfOne, ENGINE_VERSION, operations, transformOne, useWorker, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

useWorker(new URL('./worker.js', import.meta.url));

const grayscale = pictureFunction({
  name: 'grayscale-fn',
  summary: operations.grayscale.summary,
  options: withOutput(operations.grayscale.options),
  version: ENGINE_VERSION,
  memory: (picture, options) => bytesOfOne(picture, 'grayscale', options),
  work: (picture, options, limits) => transformOne(picture, 'grayscale', options, limits),
});

export const body = 'stream';
export const { openapi, close } = grayscale;
export default grayscale.handle;
