import { ENGINE_VERSION, operations, transformOne, useKernelWorker, withOutput } from '#imaging';
import { pictureFunction } from '#intake';

useKernelWorker(new URL('./worker.js', import.meta.url));

const cutout = pictureFunction({
  name: 'cutout-fn',
  summary: operations.cutout.summary,
  options: withOutput(operations.cutout.options),
  version: ENGINE_VERSION,
  work: ({ bytes }, options, limits) => transformOne(bytes, 'cutout', options, limits),
});

export const body = 'stream';
export const { openapi, close } = cutout;
export default cutout.handle;
