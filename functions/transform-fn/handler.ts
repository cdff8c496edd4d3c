import * as z from 'zod';
import { envText, modelsFolder } from '#config/env';
import {
  bytesOf,
  chainOption,
  ENGINE_VERSION,
  overlaysOf,
  parseChain,
  segmentationVersion,
  transform,
  useWorker,
  withOutput,
  withOverlays,
} from '#imaging';
import { pictureFunction } from '#intake';
import { countModelsInChildren } from '#process/memory';
import { presetOption, readPresets } from './presets.ts';

// Must be set before onnxruntime is first used: it sends telemetry and writes an id into the home folder.
process.env.ORT_DISABLE_TELEMETRY = '1';
useWorker(new URL('./worker.js', import.meta.url));
countModelsInChildren();
const models = { folder: modelsFolder(), id: envText('CUTOUT_MODEL', '') || undefined };

/** The chain of a request that has none: it prepares pictures for a classifier. */
const TRANSFORM_DEFAULT = envText('TRANSFORM_DEFAULT', 'resize:width=1024,height=768;grayscale');
// An invalid chain is the operator's mistake: it fails at start-up, not at the first request.
const DEFAULT_STEPS = parseChain(TRANSFORM_DEFAULT);
/** JSON with chains by name: `{"thumb": "resize:width=200,height=200"}`. */
const PRESETS = readPresets(envText('TRANSFORM_PRESETS', '{}'));
const PRESET_STEPS = Object.fromEntries(Object.entries(PRESETS).map(([name, chain]) => [name, parseChain(chain)]));

const options = z
  .object({ chain: chainOption.optional(), preset: presetOption(PRESETS) })
  .refine(({ chain, preset }) => !(chain && preset), { message: 'Give a chain or a preset, not both.' });
const stepsOf = ({ chain, preset }: Pick<z.output<typeof options>, 'chain' | 'preset'>) =>
  chain ?? PRESET_STEPS[preset ?? ''] ?? DEFAULT_STEPS;

const chain = pictureFunction({
  name: 'transform-fn',
  summary: 'Run a chain of operations with one decode and one encode',
  example: { chain: 'rotate:90;resize:width=512;grayscale' },
  options: withOutput(options),
  // Part of the cache key: other defaults, presets or models give other results.
  version: JSON.stringify([ENGINE_VERSION, segmentationVersion(models), TRANSFORM_DEFAULT, PRESETS]),
  overlays: { field: 'watermark', of: (options) => overlaysOf(stepsOf(options)) },
  memory: (picture, { chain, preset, ...output }, overlays) =>
    bytesOf(picture, stepsOf({ chain, preset }), output, overlays),
  work: (picture, { chain, preset, ...output }, limits, overlays) =>
    transform(picture, withOverlays(stepsOf({ chain, preset }), overlays), output, { ...limits, models }),
});

export const body = 'stream';
export const { openapi, close } = chain;
export default chain.handle;
