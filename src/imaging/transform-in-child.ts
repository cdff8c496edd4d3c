import type { ModelSource } from '#inference/model-loader';
import type { Work } from '#process/child';
import { runInChild } from '#process/run-in-child';
import type { Output } from './encode.ts';
import type { Header } from './plan.ts';
import type { OperationName, Step } from './registry.ts';
import { Segmentation, type SegmentationEngine } from './segmentation/model.ts';
import { DEFAULT_LIMITS, type Input, type Limits, type Transformed, transform as transformHere } from './transform.ts';

/** Milliseconds that a child gets beyond the deadline of its work before it is killed. */
const GRACE_MS = 500;

/** Sent to the child with the picture; the overlays follow as further parts. */
export interface Job {
  header: Header | undefined;
  steps: (Omit<Step, 'overlay'> & { hasOverlay: boolean })[];
  output: Output;
  limits: Limits;
  models: ModelSource | undefined;
}

export interface TransformRules extends Partial<Limits> {
  /** Stops the work when the caller leaves. */
  signal?: AbortSignal;
  /** Where the models for cutouts are. */
  models?: ModelSource;
}

/**
 * Runs operations on an encoded picture, in the given order, with one decode and one encode. EXIF orientation is
 * applied first, colours are converted to sRGB, and metadata is removed.
 */
export async function transform(
  input: Input,
  steps: Step[],
  output: Output,
  { signal, models, ...given }: TransformRules = {},
): Promise<Transformed> {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const [bytes, header] = Buffer.isBuffer(input) ? [input, undefined] : splitHeader(input);
  const overlays = steps.flatMap(({ overlay }) => overlay ?? []);
  const named = steps.map(({ overlay, ...step }) => ({ ...step, hasOverlay: overlay !== undefined }));
  const job: Job = { header, steps: named, output, limits, models };
  const rules = { time: limits.deadline + GRACE_MS, signal };
  const { data, parts } = await runInChild('transform', { data: job, parts: [bytes, ...overlays] }, rules, workHere);
  return { ...(data as Omit<Transformed, 'bytes'>), bytes: parts[0] as Buffer };
}

/** The part of {@link transform} that runs in a child process. @param engine runs segmentation models, if any */
export function transformWork(engine?: SegmentationEngine): Work {
  const segmentations = new Map<string, Segmentation>();
  const segmentationOf = (models: ModelSource | undefined): Segmentation => {
    const key = JSON.stringify(models ?? null);
    const segmentation = segmentations.get(key) ?? new Segmentation(models, engine);
    segmentations.set(key, segmentation);
    return segmentation;
  };
  return async ({ data, parts: [picture, ...overlays] }) => {
    const { header, steps, output, limits, models } = data as Job;
    const input = header ? { ...header, bytes: picture as Buffer } : (picture as Buffer);
    const left = overlays.values();
    const whole = steps.map(({ hasOverlay, ...step }) => ({
      ...step,
      ...(hasOverlay && { overlay: left.next().value as Buffer }),
    }));
    const { bytes, ...result } = await transformHere(input, whole, output, limits, segmentationOf(models));
    return { data: result, parts: [bytes] };
  };
}

const workHere = transformWork();

/** The encoded bytes, and what is known of them. */
function splitHeader({ bytes, upright, format, hasAlpha, space }: Header & { bytes: Buffer }): [Buffer, Header] {
  return [bytes, { upright, format, hasAlpha, ...(space !== undefined && { space }) }];
}

/**
 * Runs one operation. `options` contains its own options and those of the output, as callers of a single function give
 * them.
 */
export function transformOne(
  input: Input,
  operation: OperationName,
  options: Record<string, unknown>,
  rules?: TransformRules,
): Promise<Transformed> {
  const { format, quality, matte, ...own } = options as Output & Record<string, unknown>;
  return transform(input, [{ operation, options: own }], { format, quality, matte }, rules);
}
