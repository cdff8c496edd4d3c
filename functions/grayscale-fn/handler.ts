import { ENGINE_VERSION, operations, transformOne, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

const grayscale = pictureFunction({
  name: 'grayscale-fn',
  summary: operations.grayscale.summary,
  options: withOutput(operations.grayscale.options),
  version: ENGINE_VERSION,
  work: (picture, options, limits) => transformOne(picture, 'grayscale', options, limits),
});

export const body = 'stream';
export const { openapi, close } = grayscale;
export default grayscale.handle;
