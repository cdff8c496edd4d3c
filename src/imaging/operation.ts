import type { Sharp } from 'sharp';
import type * as z from 'zod';
import type { Pixels, Size } from './pixels.ts';
import type { Segmentation } from './segmentation/model.ts';

/**
 * The position of an operation in sharp's fixed order of execution, which ignores the order of calls. Within one
 * graph, operations must come in ascending order (see passes() in chain.ts). `alone` compares with nothing: such a
 * step never shares a graph, because sharp would let it affect earlier or later steps.
 */
export const ORDER = { alone: Number.NaN, rotate: 10, resize: 30, output: 100 } as const;

/** One operation: its options and how to apply it. Knows nothing of requests. */
export type Operation<S extends z.ZodObject = z.ZodObject> = GraphOperation<S> | PixelOperation<S> | DataOperation<S>;

interface Common<S extends z.ZodObject> {
  /** One sentence for the documentation. */
  summary: string;
  /** A bare value in a chain is the first option. */
  options: S;
  /**
   * Peak memory of the operation in copies of the picture (8 bits per channel), without what decoder and encoder hold.
   * Measured by `bench/memory`.
   */
  held(options: z.output<S>, before: Size): number;
  /** The largest possible result, so that one that is too large can be refused before any pixel work. */
  maxOutputSize(before: Size, options: z.output<S>): Size;
  /** Whether the result may have transparency if the input has none. */
  addsAlpha?(options: z.output<S>): boolean;
  /** Whether transparency is the purpose, so that PNG is the default format. */
  wantsAlpha?(options: z.output<S>): boolean;
  /** Whether the operation only moves pixels, of any bit depth. */
  exact?(options: z.output<S>): boolean;
  /** Names a second picture that the step needs; the caller provides it. */
  overlay?(options: z.output<S>): string;
}

/** An operation that sharp performs as part of a graph. */
export interface GraphOperation<S extends z.ZodObject = z.ZodObject> extends Common<S> {
  /** Options as in a chain (`90,background=red`; '' for none). Tests run each of them before and after every other. */
  examples: readonly [string, ...string[]];
  order(options: z.output<S>): number;
  /**
   * Work on decoded pixels before the graph that the operation then starts; `undefined` if there is none.
   * @param before the picture's size at this step
   */
  prepare?(before: Size, options: z.output<S>): ((pixels: Pixels, time: number) => Promise<Pixels>) | undefined;
  /** @param before the picture's size at the start of the graph: exact for its first step (`ORDER.alone`) */
  apply(graph: Sharp, options: z.output<S>, before: Size): Sharp;
  /**
   * As `apply`, as the first step on a JPEG whose decoder may scale it down, which saves most of the time and memory;
   * `undefined` if it must not. The size of the result is the same.
   * @param before the picture's size
   */
  onLoad?(before: Size, options: z.output<S>): ((graph: Sharp) => Sharp) | undefined;
}

/** What an operation on pixels gets besides the pixels. */
export interface WorkContext {
  /** Time limit in milliseconds, after which it throws a Problem `timed-out`. */
  time: number;
  /** The picture that `overlay` names, encoded; its header has been checked. */
  overlay?: Buffer | undefined;
  segmentation: Segmentation;
}

/** An operation on decoded pixels, between graphs. */
export interface PixelOperation<S extends z.ZodObject = z.ZodObject> extends Common<S> {
  /** Options as in a chain (`90,background=red`; '' for none). Tests run each of them before and after every other. */
  examples: readonly [string, ...string[]];
  work(pixels: Pixels, options: z.output<S>, context: WorkContext): Promise<Pixels>;
}

/** An operation that returns data instead of a picture; allowed only as the last step of a chain. */
export interface DataOperation<S extends z.ZodObject = z.ZodObject> extends Common<S> {
  /** @param file the input picture, encoded */
  describe(pixels: Pixels, file: Buffer, options: z.output<S>): Promise<object>;
}

/** Lets TypeScript infer the type of the options. */
export function defineOperation<S extends z.ZodObject>(operation: GraphOperation<S>): GraphOperation<S>;
export function defineOperation<S extends z.ZodObject>(operation: PixelOperation<S>): PixelOperation<S>;
export function defineOperation<S extends z.ZodObject>(operation: DataOperation<S>): DataOperation<S>;
export function defineOperation<S extends z.ZodObject>(operation: Operation<S>): Operation<S> {
  return operation;
}
