import type { Sharp } from 'sharp';
import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import { codecProblem } from '#decoding/codec-errors';
import { engineVersion } from '#decoding/engine';
import { openPicture } from '#decoding/open-picture';
import { type Pass, passes } from './chain.ts';
import { checkSides, contentType, encode, type Output } from './encode.ts';
import { jpegQualityOf } from './jpeg-quality.ts';
import type { DataOperation, GraphOperation, PixelOperation } from './operation.ts';
import type { Size } from './pixels.ts';
import { graphOfPixels, type Pixels, toPixels } from './pixels.ts';
import { type DeepSpace, type Header, isScalable, makePlan, onLoadOf, type Plan, readHeader } from './plan.ts';
import { type OperationName, operationOf, type Step } from './registry.ts';
import { Segmentation } from './segmentation/model.ts';
import { type Mending, mend, mendingOf } from './to-srgb.ts';

/** Part of every ETag, since a new sharp or libvips may give different bytes for the same request. */
export const ENGINE_VERSION = `sharp ${engineVersion()}, obscura 7`;

export interface Limits {
  /** Most pixels (width × height) of the input, the result and anything in between. */
  maxPixels: number;
  /** Time limit, in milliseconds. */
  deadline: number;
}

export const DEFAULT_LIMITS: Limits = { maxPixels: 50_000_000, deadline: TIMES.work };

/** An encoded picture, with its header if it has been read already. */
export type Input = Buffer | (Header & { bytes: Buffer });

/** The time of one pass. */
export interface StepTiming {
  /** The steps of the pass, in order; `encode` if it included encoding. */
  steps: string[];
  /** In milliseconds. @throws Problem `timed-out` if none are left */
  ms: number;
}

export interface Transformed extends Size {
  bytes: Buffer;
  contentType: string;
  /**
   * Milliseconds: `decode` for reading the header, `apply` for the passes that returned pixels, `encode` for the last
   * pass. sharp is lazy, so that one includes the remaining decoding and operations.
   */
  timings: { decode: number; apply: number; encode: number };
  /** The same time by passes. */
  steps: StepTiming[];
  /** Facts about the result, such as `cutoutMethod`. */
  facts: Record<string, string>;
}

/** The encoded input; its size is after EXIF orientation. */
interface Encoded extends Size {
  data: Buffer;
  /** By {@link isScalable}. */
  scalable: boolean;
}

/** Limits of a pass. */
interface Work {
  maxPixels: number;
  /** By `performance.now()`, in milliseconds. */
  deadline: number;
  segmentation: Segmentation;
}

/** As `transform` of transform-in-child.ts, but in this process. */
export async function transform(
  input: Input,
  steps: Step[],
  output: Output,
  limits: Partial<Limits> = {},
  segmentation = new Segmentation(),
): Promise<Transformed> {
  const chosen = { ...DEFAULT_LIMITS, ...limits };
  try {
    return await run(input, steps, output, chosen, segmentation);
  } catch (error) {
    const size = Buffer.isBuffer(input) ? {} : { size: input.upright };
    throw codecProblem(error, { ...size, maxPixels: chosen.maxPixels });
  }
}

async function run(
  given: Input,
  steps: Step[],
  output: Output,
  limits: Limits,
  segmentation: Segmentation,
): Promise<Transformed> {
  const started = performance.now();
  const [bytes, header] = Buffer.isBuffer(given) ? [given, await readHeader(given)] : [given.bytes, given];
  const mending = mendingOf(bytes);
  const hasAlpha = header.hasAlpha || mending?.frame !== undefined;
  const plan = makePlan({ ...header, hasAlpha }, steps, output, limits.maxPixels);
  const decoded = performance.now();

  const all = passes(plan.steps);
  const lastStep = plan.steps.at(-1);
  const data = lastStep && 'describe' in operationOf(lastStep) ? lastStep : undefined;
  // sharp flattens before all other operations, so transparency that a step adds must be flattened in a graph of its
  // own.
  const last = plan.flatten || plan.mayBeTooLong || data ? [] : popGraph(all);
  const work = { maxPixels: limits.maxPixels, deadline: started + limits.deadline, segmentation };
  const input = { ...plan.size, data: bytes, scalable: isScalable(header) };
  const { source, facts, timed } = await runPasses(await opened(input, mending, work), all, plan, work);

  const applied = performance.now();
  const ready = await readied(source, last, work);
  const finished = data
    ? await describe(data, source, bytes, work)
    : await finish(ready.source, ready.steps, { plan, bytes, work });
  const encoded = performance.now() - applied;
  const end = data ? [data.operation] : [...last.map(({ operation }) => operation), 'encode'];
  return {
    ...finished,
    timings: { decode: decoded - started, apply: applied - decoded, encode: encoded },
    steps: [...timed, { steps: end, ms: encoded }],
    facts,
  };
}

/** The encoded input, or its corrected pixels if decoding alone gives wrong ones. */
async function opened(encoded: Encoded, mending: Mending | undefined, work: Work): Promise<Encoded | Pixels> {
  return mending ? mend(await toPixels(graphOf(encoded, [], work)), mending) : encoded;
}

/** Runs the passes before encoding, and collects their facts. */
async function runPasses(start: Encoded | Pixels, all: Pass[], plan: Plan, work: Work) {
  let source: Encoded | Pixels = start;
  const facts: Record<string, string> = {};
  const timed: StepTiming[] = [];
  const skipped = [...plan.skipped];
  for (const pass of all) {
    const began = performance.now();
    const pixels: Pixels | undefined = await runPass(source, pass, work).catch((error) => skip(error, pass, skipped));
    timed.push({ steps: stepsOf(pass).map(({ operation }) => operation), ms: performance.now() - began });
    Object.assign(facts, pixels?.facts);
    source = pixels ?? source;
  }
  if (skipped.length > 0) facts.skippedSteps = skipped.join(', ');
  return { source, facts, timed };
}

type Finished = Pick<Transformed, 'bytes' | 'contentType' | 'width' | 'height'>;

/** Runs the last pass and encodes. @param given `bytes`: the input file */
async function finish(
  source: Encoded | Pixels,
  last: Step[],
  { plan, bytes, work }: { plan: Plan; bytes: Buffer; work: Work },
): Promise<Finished> {
  const { format, flatten, chosen, keepsPixels, cleared } = plan;
  if (last.length === 0) checkSides(format, source);
  const deep = 'channels' in source ? undefined : plan.deep;
  const graph = deep ? graphOf(source, last, work, deep).toColourspace(deep) : graphOf(source, last, work);
  const kept = keepsPixels && format === 'jpeg' && chosen.quality === undefined ? jpegQualityOf(bytes) : undefined;
  const flat = flatten ? graph.flatten({ background: chosen.matte ?? '#ffffff' }) : graph;
  const done = encode(isGray(source, last) ? flat.toColourspace('b-w') : flat, format, chosen, { kept, cleared });
  const { data, info } = await done.toBuffer({ resolveWithObject: true });
  return { bytes: data, contentType: contentType(format), width: info.width, height: info.height };
}

/** Whether the result has one channel, such as the mask of a cut-out. */
function isGray(source: Encoded | Pixels, last: Step[]): boolean {
  return 'channels' in source && source.channels === 1 && last.length === 0;
}

/** Runs a last step that returns data. */
async function describe(step: Step, source: Encoded | Pixels, file: Buffer, work: Work): Promise<Finished> {
  const pixels = 'channels' in source ? source : await toPixels(graphOf(source, [], work));
  const answer = await (operationOf(step) as DataOperation).describe(pixels, file, step.options);
  const { width, height } = pixels;
  return { bytes: Buffer.from(JSON.stringify(answer)), contentType: 'application/json', width, height };
}

/** Removes the last pass and returns its steps if it is a graph, since encoding can join it. */
function popGraph(all: Pass[]): Step[] {
  const last = all.at(-1);
  if (!last || !('graph' in last) || last.graph.some((step) => step.optional)) return [];
  all.pop();
  return last.graph;
}

function stepsOf(pass: Pass): Step[] {
  return 'graph' in pass ? pass.graph : [pass.pixels];
}

/** Skips an optional step that failed. Timeouts, and errors that are not Problems, are thrown. */
function skip(error: unknown, pass: Pass, skipped: OperationName[]): undefined {
  const [step] = stepsOf(pass);
  if (!step?.optional || !(error instanceof Problem) || error.code === 'timed-out') throw error;
  skipped.push(step.operation);
}

async function runPass(source: Encoded | Pixels, pass: Pass, work: Work): Promise<Pixels> {
  if ('graph' in pass) {
    const ready = await readied(source, pass.graph, work);
    return toPixels(graphOf(ready.source, ready.steps, work));
  }
  const { pixels: step } = pass;
  const pixels = 'channels' in source ? source : await toPixels(graphOf(source, [], work));
  const context = { time: timeLeft(work), overlay: step.overlay, segmentation: work.segmentation };
  return (operationOf(step) as PixelOperation).work(pixels, step.options, context);
}

/**
 * Runs the work that a step needs on pixels before its graph. @returns the source for the remaining steps, and those
 * steps
 */
async function readied(source: Encoded | Pixels, steps: Step[], work: Work) {
  let before: Size = source;
  for (const [index, step] of steps.entries()) {
    const operation = operationOf(step) as GraphOperation;
    const prepare = operation.prepare?.(before, step.options);
    if (prepare) {
      const pixels =
        index === 0 && 'channels' in source ? source : await toPixels(graphOf(source, steps.slice(0, index), work));
      return { source: await prepare(pixels, timeLeft(work)), steps: steps.slice(index) };
    }
    before = operation.maxOutputSize(before, step.options);
  }
  return { source, steps };
}

/** In milliseconds. @throws Problem `timed-out` if none are left */
function timeLeft({ deadline }: Work): number {
  const left = deadline - performance.now();
  if (left > 0) return left;
  throw new Problem('timed-out', 'The work took too long and was stopped.');
}

/** Opens the encoded input, or pixels, as a graph, with steps applied and the timeout set. */
function graphOf(source: Encoded | Pixels, steps: Step[], work: Work, space: 'srgb' | DeepSpace = 'srgb'): Sharp {
  const timeout = { seconds: Math.ceil(timeLeft(work) / 1_000) };
  const before = { width: source.width, height: source.height };
  const apply = (graph: Sharp, { operation, options }: Step): Sharp =>
    (operationOf({ operation, options }) as GraphOperation).apply(graph, options, before);
  if ('channels' in source) return steps.reduce(apply, graphOfPixels(source)).timeout(timeout);
  const [first, ...rest] = steps;
  const graph = openPicture(source.data, { maxPixels: work.maxPixels });
  const onLoad = first && source.scalable ? onLoadOf(first, before) : undefined;
  if (onLoad) return rest.reduce(apply, onLoad(graph)).timeout(timeout);
  // Only here, since sharp lets no decoder scale down once a colour space is set.
  return steps.reduce(apply, graph.pipelineColourspace(space)).timeout(timeout);
}
