import type { Sharp } from 'sharp';
import type * as z from 'zod';
import type { Pixels, Size } from './pixels.ts';

/**
 * Where in its own fixed order sharp executes an operation, whatever the order of the calls. Within one graph
 * operations must come in ascending order (see passes() in chain.ts). `alone` compares with nothing: such a step never
 * shares a graph, because sharp would let it reach into what comes before or after it.
 */
export const ORDER = { alone: Number.NaN, rotate: 10, resize: 30, output: 100 } as const;

/** One transform: its name, its options and how it is applied. Pure: knows nothing of requests. */
export type Operation<S extends z.ZodObject = z.ZodObject> = GraphOperation<S> | PixelOperation<S> | DataOperation<S>;

interface Common<S extends z.ZodObject> {
  /** One sentence for people. */
  summary: string;
  /** The first option is the one a bare value in a chain means. */
  options: S;
  /**
   * How often the picture is held at the peak of the work, counted in its pixels of 8 bits a band, besides what decoder
   * and encoder hold. `bench/memory` measures it.
   */
  held(options: z.output<S>, before: Size): number;
  /** The largest picture that can come out, so that it can be refused before any pixel work. */
  maxOutputSize(before: Size, options: z.output<S>): Size;
  /** Whether the result may have transparency that the input had not. */
  addsAlpha?(options: z.output<S>): boolean;
  /** Whether transparency is the very point, so that a picture without a format asked for becomes PNG. */
  wantsAlpha?(options: z.output<S>): boolean;
  /** Whether it only moves pixels, of whatever depth. */
  exact?(options: z.output<S>): boolean;
  /** Names a picture that the step needs besides the one it works on; whoever runs it brings that picture along. */
  overlay?(options: z.output<S>): string;
}

/** What sharp can do itself, as part of a graph. */
export interface GraphOperation<S extends z.ZodObject = z.ZodObject> extends Common<S> {
  /** Options as a chain writes them (`90,background=red`; '' for none): tests run each before and after every other. */
  examples: readonly [string, ...string[]];
  order(options: z.output<S>): number;
  /**
   * What is to be done to decoded pixels before the graph that the operation then begins; `undefined` where nothing is.
   * @param before the picture's size by then
   */
  prepare?(before: Size, options: z.output<S>): ((pixels: Pixels, time: number) => Promise<Pixels>) | undefined;
  /** @param before the picture's size where the graph begins: exact for the first step of a graph (`ORDER.alone`) */
  apply(graph: Sharp, options: z.output<S>, before: Size): Sharp;
}

/** What is done to decoded pixels, between graphs. */
export interface PixelOperation<S extends z.ZodObject = z.ZodObject> extends Common<S> {
  /** Options as a chain writes them (`90,background=red`; '' for none): tests run each before and after every other. */
  examples: readonly [string, ...string[]];
  /**
   * @param time milliseconds it may take, after which it throws a Problem `timed-out`
   * @param other the picture that `overlay` names, encoded, its header checked
   */
  work(pixels: Pixels, options: z.output<S>, time: number, other?: Buffer): Promise<Pixels>;
}

/** What answers with data in place of a picture; only the last step of a chain can. */
export interface DataOperation<S extends z.ZodObject = z.ZodObject> extends Common<S> {
  /** @param file the picture as it came, encoded */
  describe(pixels: Pixels, file: Buffer, options: z.output<S>): Promise<object>;
}

/** Lets TypeScript infer the options of one operation. */
export function defineOperation<S extends z.ZodObject>(operation: GraphOperation<S>): GraphOperation<S>;
export function defineOperation<S extends z.ZodObject>(operation: PixelOperation<S>): PixelOperation<S>;
export function defineOperation<S extends z.ZodObject>(operation: DataOperation<S>): DataOperation<S>;
export function defineOperation<S extends z.ZodObject>(operation: Operation<S>): Operation<S> {
  return operation;
}
