import * as z from 'zod';
import { parseChain } from '#imaging';

/**
 * Parses the operator's presets.
 * @param text JSON with chains by name
 * @throws Error at start-up if the JSON or a chain is invalid
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

/** The option that selects a preset. */
export function presetOption(presets: Record<string, string>): z.ZodOptional<z.ZodType<string>> {
  const names = Object.keys(presets);
  const known = names.length > 0 ? `one of ${names.join(', ')}` : 'omitted: this function has no presets';
  return z
    .string()
    .refine((name) => Object.hasOwn(presets, name))
    .meta({ allowed: known })
    .optional();
}
