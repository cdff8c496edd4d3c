import type { Classification } from '#contract/classification';
import { Problem } from '#contract/problems';
import type { Recorded } from '#contract/step-record';
import type { HeaderValue } from '#handler';
import { latencyCsv, latencyMarkdown } from '#report/latency-table';
import { stageTimes } from '#report/stage-times';
import { timelineSvg } from '#report/timeline';
import { tenths } from './call-step.ts';
import { pngOf } from './picture-work.ts';
import type { PictureRun } from './run.ts';
import type { StagePicture } from './stage-picture.ts';

export const OUTPUTS = ['json', 'picture', 'svg', 'png', 'csv', 'markdown'] as const;
export type Output = (typeof OUTPUTS)[number];

export interface FinishedAnswer {
  headers: Record<string, HeaderValue>;
  body: Buffer | string | object;
}

/** The runs of all pictures of a request. */
export interface Finished {
  runs: PictureRun[];
  /** The request was a batch: the answer has a list, even for one picture. */
  batch: boolean;
  /** Milliseconds from the start of the request to the end of the last step. */
  durationMs: number;
}

/** Memory reserved for drawing a timeline. */
const DRAWING = { held: 16 * 1024 * 1024, pixels: 1_000_000 };

/** Headers of every answer: results belong to their caller. */
const COMMON = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/**
 * Answers in the requested form.
 * @throws the failure of the only picture; Problem `option-invalid` if a batch asks for `output=picture`
 */
export async function finishedAnswer(finished: Finished, output: Output): Promise<FinishedAnswer> {
  const [only] = finished.runs;
  if (!finished.batch && only?.failure !== undefined) throw only.failure;
  const headers = { ...COMMON, 'server-timing': `pipeline;dur=${finished.durationMs.toFixed(1)}` };
  if (output === 'json') return { headers: { ...headers, 'content-type': 'application/json' }, body: asJson(finished) };
  if (output !== 'picture') return drawn(finished.runs, output, headers);
  if (finished.batch || !only) throw severalPictures();
  const { bytes, contentType, width, height } = only.last as StagePicture;
  const size = { 'x-image-width': width, 'x-image-height': height };
  return { headers: { ...headers, ...size, 'content-type': contentType }, body: bytes };
}

export function severalPictures(): Problem {
  return new Problem(
    'option-invalid',
    'Option "output" cannot be picture for a batch; ask for json and pictures=last.',
    {
      members: { option: 'output', allowed: 'json, svg, png, csv or markdown for a batch' },
    },
  );
}

/** The timeline or the latency table of these runs. */
export async function drawn(
  runs: Recorded[],
  output: Exclude<Output, 'json' | 'picture'>,
  headers: Record<string, HeaderValue> = COMMON,
): Promise<FinishedAnswer> {
  const as = (type: string, body: Buffer | string) => ({ headers: { ...headers, 'content-type': type }, body });
  switch (output) {
    case 'svg':
      return as('image/svg+xml', timelineSvg(runs));
    case 'png':
      return as('image/png', await pngOf('draw', Buffer.from(timelineSvg(runs)), DRAWING));
    case 'csv':
      return as('text/csv; charset=utf-8', latencyCsv(runs));
    case 'markdown':
      return as('text/markdown; charset=utf-8', latencyMarkdown(runs));
  }
}

/** `{labels, steps, …}`, or `{pictures: [{labels, steps, …}], stages}` for a batch. */
export function asJson({ runs, batch, durationMs }: Finished): object {
  if (!batch) return { ...pictureJson(runs[0] as PictureRun), ms: tenths(durationMs) };
  return { pictures: runs.map(pictureJson), stages: stageTimes(runs), ms: tenths(durationMs) };
}

/** The answer for one picture; with the pictures that were kept, as base64. */
export function pictureJson({ classification, steps, last, pictures, error }: PictureRun): object {
  return {
    ...classificationJson(classification),
    steps: steps.map((record) => ({ ...record, ...encoded(pictures.get(record.name)) })),
    ...(last && { picture: { ...encoded(last), width: last.width, height: last.height } }),
    ...(error && { error }),
  };
}

export function classificationJson(classification: Classification | undefined): object {
  return classification
    ? {
        labels: classification.labels,
        model: classification.model,
        state: classification.state,
        unknown: classification.unknown,
      }
    : { labels: [] };
}

/** A picture in JSON. */
export function encoded(picture: StagePicture | undefined): { image: string; contentType: string } | undefined {
  return picture && { image: picture.bytes.toString('base64'), contentType: picture.contentType };
}
