import * as z from 'zod';
import { chainOption, ENGINE_VERSION, parseChain, transform, useKernelWorker, withOutput } from '#imaging';
import { pictureFunction } from '#intake';
import { envText } from '#platform/config';
import { presetOption, readPresets } from './presets.ts';

useKernelWorker(new URL('./worker.js', import.meta.url));

/** What a picture goes through when no chain is given: the normaliser in front of a learning system. */
const TRANSFORM_DEFAULT = envText('TRANSFORM_DEFAULT', 'resize:width=1024,height=768;grayscale');
// A chain that cannot be read is the operator's mistake: it stops the start, not the first request.
parseChain(TRANSFORM_DEFAULT);
/** Chains by name, as JSON: `{"thumb": "resize:width=200,height=200"}`. */
const PRESETS = readPresets(envText('TRANSFORM_PRESETS', '{}'));

const chain = pictureFunction({
  name: 'transform-fn',
  summary: 'Any chain of operations in one decode and one encode',
  options: withOutput(
    z
      .object({ chain: chainOption.optional(), preset: presetOption(PRESETS) })
      .refine(({ chain, preset }) => !(chain && preset), { message: 'Give a chain or a preset, not both.' }),
  ),
  // Other defaults or presets make other pictures of the same request.
  version: JSON.stringify([ENGINE_VERSION, TRANSFORM_DEFAULT, PRESETS]),
  work: ({ bytes }, { chain, preset, ...output }, limits) =>
    transform(bytes, parseChain(chain ?? PRESETS[preset ?? ''] ?? TRANSFORM_DEFAULT), output, limits),
});

export const body = 'stream';
export const { openapi, close } = chain;
export default chain.handle;
