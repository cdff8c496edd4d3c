import { bytesOfOne, ENGINE_VERSION, operations, transformOne, useWorker, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

useWorker(new URL('./worker.js', import.meta.url));

const resize = pictureFunction({
  name: 'resize-fn',
  summary: operations.resize.summary,
  example: { width: 512, height: 512, fit: 'cover' },
  options: withOutput(operations.resize.options),
  version: ENGINE_VERSION,
  memory: (picture, options) => bytesOfOne(picture, 'resize', options),
  work: (picture, options, limits) => transformOne(picture, 'resize', options, limits),
});

export const body = 'stream';
export const { openapi, close } = resize;
export default resize.handle;
