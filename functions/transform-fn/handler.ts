import * as z from 'zod';
import { chainOption, ENGINE_VERSION, parseChain, transform, useKernelWorker, withOutput } from '#imaging';
import { pictureFunction } from '#intake';
import { envText } from '#platform/config';

useKernelWorker(new URL('./worker.js', import.meta.url));

/** What a picture goes through when no chain is given: the normaliser in front of a learning system. */
const TRANSFORM_DEFAULT = envText('TRANSFORM_DEFAULT', 'resize:width=1024,height=768;grayscale');
// A chain that cannot be read is the operator's mistake: it stops the start, not the first request.
parseChain(TRANSFORM_DEFAULT);

const chain = pictureFunction({
  name: 'transform-fn',
  summary: 'Any chain of operations in one decode and one encode',
  options: withOutput(z.object({ chain: chainOption.default(TRANSFORM_DEFAULT) })),
  version: ENGINE_VERSION,
  work: ({ bytes }, { chain, ...output }) => transform(bytes, parseChain(chain), output),
});

export const body = 'stream';
export const { openapi, close } = chain;
export default chain.handle;
