import generated from '../src/imaging/schema.generated.json' with { type: 'json' };

/** One option of an operation, as the registry describes it. */
export interface OptionSchema {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  /** Its allowed values, in words. */
  allowed: string;
}

export interface OperationSchema {
  summary: string;
  /** Its function; `transform-fn` takes it as a chain. */
  function: string;
  options: Record<string, OptionSchema>;
}

/** All operations, by name. */
export const operations: Record<string, OperationSchema> = generated.operations;

/** Options for the encoding of the result, which every operation takes. */
export const output: Record<string, OptionSchema> = generated.output;

/** The words that an option takes; none if it takes numbers or free text. */
export function wordsOf({ enum: words, type }: OptionSchema): readonly string[] {
  return words ?? (type === 'boolean' ? ['true', 'false'] : []);
}
