import generated from '../src/imaging/schema.generated.json' with { type: 'json' };

/** One option of an operation, as the registry describes it. */
export interface OptionSchema {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  /** In words, what it may be. */
  allowed: string;
}

export interface OperationSchema {
  summary: string;
  /** The function that does it; `transform-fn` takes it as a chain. */
  function: string;
  options: Record<string, OptionSchema>;
}

/** Every operation there is, by name. */
export const operations: Record<string, OperationSchema> = generated.operations;

/** Options of the result's encoding, which every operation takes. */
export const output: Record<string, OptionSchema> = generated.output;

/** The words that an option takes; none where it takes numbers or free text. */
export function wordsOf({ enum: words, type }: OptionSchema): readonly string[] {
  return words ?? (type === 'boolean' ? ['true', 'false'] : []);
}
