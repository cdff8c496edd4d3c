import { fileURLToPath } from 'node:url';

/** Reads a number from the environment. @throws Error if it is not a number within the bounds */
export function envNumber(name: string, fallback: number, bounds: { min: number; max: number }): number {
  const text = process.env[name];
  if (text === undefined || text.trim() === '') return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < bounds.min || value > bounds.max) {
    throw new Error(`${name} is "${text}"; it must be a number from ${bounds.min} to ${bounds.max}.`);
  }
  return value;
}

/** The folder of models: `CLIP_MODELS`, or `models` two levels above the source or the bundle. */
export function modelsFolder(): string {
  return envText('CLIP_MODELS', fileURLToPath(new URL('../../models', import.meta.url)));
}

/** Reads a text from the environment; empty counts as unset. */
export function envText(name: string, fallback: string): string {
  const text = process.env[name]?.trim();
  return text === undefined || text === '' ? fallback : text;
}
