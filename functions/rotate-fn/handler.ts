import { bytesOfOne, ENGINE_VERSION, operations, transformOne, useWorker, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

useWorker(new URL('./worker.js', import.meta.url));

const rotate = pictureFunction({
  name: 'rotate-fn',
  summary: operations.rotate.summary,
  example: { angle: 90 },
  options: withOutput(operations.rotate.options),
  version: ENGINE_VERSION,
  memory: (picture, options) => bytesOfOne(picture, 'rotate', options),
  work: (picture, options, limits) => transformOne(picture, 'rotate', options, limits),
});

export const body = 'stream';
export const { openapi, close } = rotate;
export default rotate.handle;
