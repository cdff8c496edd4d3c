import { ENGINE_VERSION, operations, transformOne, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

const resize = pictureFunction({
  name: 'resize-fn',
  summary: operations.resize.summary,
  options: withOutput(operations.resize.options),
  version: ENGINE_VERSION,
  work: (picture, options, limits) => transformOne(picture, 'resize', options, limits),
});

export const body = 'stream';
export const { openapi, close } = resize;
export default resize.handle;
