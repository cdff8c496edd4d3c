import { ENGINE_VERSION, operations, transformOne, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

const rotate = pictureFunction({
  name: 'rotate-fn',
  summary: operations.rotate.summary,
  options: withOutput(operations.rotate.options),
  version: ENGINE_VERSION,
  work: (picture, options, limits) => transformOne(picture, 'rotate', options, limits),
});

export const body = 'stream';
export const { openapi, close } = rotate;
export default rotate.handle;
