import generated from '#imaging/schema';

/** One option of an operation, as the registry describes it. */
export interface OptionSchema {
  type?: string;
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  unit?: string;
  description?: string;
  /** In words, what it may be. */
  allowed: string;
}

export type Options = Record<string, OptionSchema>;

/** One step of a chain, with the options that are not as they would be anyway. */
export interface Step {
  name: string;
  options: Record<string, string>;
  /** A second picture that it needs. */
  file?: File | undefined;
}

/** What a step may be: its summary and its options. */
export type Kinds = Record<string, { summary: string; options: Options }>;

/** Every operation of the registry. */
export const operations: Kinds = generated.operations;

/** Options of the result's encoding, which every operation takes. */
export const output: Options = generated.output;

/** A chain as transform-fn reads it: `rotate:angle=45;resize:width=512,height=512;grayscale`. */
export function chainText(steps: Step[]): string {
  return steps
    .map(({ name, options }) => {
      const written = Object.entries(options).map(([option, value]) => `${option}=${value}`);
      return written.length > 0 ? `${name}:${written.join(',')}` : name;
    })
    .join(';');
}
