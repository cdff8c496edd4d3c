import type { Sharp } from 'sharp';
import type { z } from 'zod';

/** Pixels. */
export interface Size {
  width: number;
  height: number;
}

/**
 * Where in its own fixed order sharp executes an operation, whatever the order of the calls. Within one graph
 * operations must come in rising slots (see passes() in chain.ts). `alone` compares with nothing: such a step never
 * shares a graph, because sharp would let it reach into what comes before or after it.
 */
export const SLOT = { alone: Number.NaN, rotate: 10, resize: 30, output: 100 } as const;

/** One transform: its name, its options and how it is applied. Pure: knows nothing of requests. */
export interface Operation<S extends z.ZodObject = z.ZodObject> {
  /** One sentence for people. */
  summary: string;
  /** The first option is the one a bare value in a chain means. */
  options: S;
  slot(options: z.output<S>): number;
  /** The largest picture that can come out, so that it can be refused before any pixel work. */
  bound(before: Size, options: z.output<S>): Size;
  /** Whether the result may have transparency that the input had not. */
  addsAlpha?(options: z.output<S>): boolean;
  /** @param before the picture's size where the graph begins: exact for the first step of a graph (`SLOT.alone`) */
  apply(graph: Sharp, options: z.output<S>, before: Size): Sharp;
}

/** Lets TypeScript infer the options of one operation. */
export function defineOperation<S extends z.ZodObject>(operation: Operation<S>): Operation<S> {
  return operation;
}
