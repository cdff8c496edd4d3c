import * as z from 'zod';
import { parseChain } from '#imaging';

/**
 * Reads the operator's presets.
 * @param text JSON, from names to chains
 * @throws at start-up when it is not that, or when a chain cannot be read
 */
export function readPresets(text: string): Record<string, string> {
  let presets: Record<string, string>;
  try {
    presets = z.record(z.string().regex(/^[\w-]{1,40}$/), z.string()).parse(JSON.parse(text));
  } catch {
    throw new Error('TRANSFORM_PRESETS must be JSON such as {"thumb": "resize:width=200,height=200"}.');
  }
  for (const [name, chain] of Object.entries(presets)) {
    try {
      parseChain(chain);
    } catch (error) {
      throw new Error(`TRANSFORM_PRESETS, "${name}": ${error instanceof Error ? error.message : error}`);
    }
  }
  return presets;
}

/** The option that names one of them. */
export function presetOption(presets: Record<string, string>): z.ZodOptional<z.ZodType<string>> {
  const names = Object.keys(presets);
  const known = names.length > 0 ? `one of ${names.join(', ')}` : 'left out: this function has no presets';
  return z
    .string()
    .refine((name) => Object.hasOwn(presets, name))
    .meta({ allowed: known })
    .optional();
}
