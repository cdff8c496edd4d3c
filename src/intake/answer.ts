import type { IncomingHttpHeaders } from 'node:http';
import type { FunctionContext } from '#handler';
import { preferredType } from '#http/accept';

/** A finished picture and what is known about it. */
export interface FinishedPicture {
  bytes: Buffer;
  contentType: string;
  width: number;
  height: number;
  /** Milliseconds by stage, in order. */
  timings: Record<string, number>;
  /** The share of each step; sharp runs some of them together. */
  steps?: { steps: string[]; ms: number }[];
  /** Sent as headers: `cutoutMethod` becomes `X-Cutout-Method`. */
  facts?: Record<string, string>;
}

/** Serialises a finished picture for the cache: the length of the metadata, the metadata as JSON, the picture. */
export function pack({ bytes, ...known }: FinishedPicture): Buffer {
  const head = Buffer.from(JSON.stringify(known));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, bytes]);
}

/** The reverse of {@link pack}. */
export function unpack(packed: Buffer): FinishedPicture {
  const end = 4 + packed.readUInt32BE(0);
  return { ...JSON.parse(packed.toString('utf8', 4, end)), bytes: packed.subarray(end) };
}

/** How to answer a request, independent of the result. */
export interface AnswerForm {
  /** JSON with the picture as base64 instead of the picture itself. */
  json: boolean;
  headers: { etag: string; 'cache-control': string; vary?: string };
}

const PICTURES = ['image/png', 'image/jpeg', 'image/webp', 'image/avif'];
/** A range of pictures, or of everything, at full weight: axios sends one along with JSON and means a picture. */
const ANY_PICTURE = /(?:image\/[^,;\s]+|\*\/\*)\s*(?:,|$)/i;

/** Whether a caller asks for JSON rather than a picture (RFC 9110 §12.5.1, with its weights). */
export function wantsJson(headers: IncomingHttpHeaders): boolean {
  const wanted = preferredType(headers, [...PICTURES, 'application/json']);
  return wanted === 'application/json' && !ANY_PICTURE.test(headers.accept ?? '');
}

/**
 * Answers with a picture, or with JSON `{image, contentType, width, height, timings, steps}`; data is JSON already.
 * @param form `from`: `hit`, `miss` or `coalesced`, from the cache
 */
export function answerPicture(
  context: FunctionContext,
  picture: FinishedPicture,
  form: AnswerForm & { from: string },
): void {
  const json = form.json && picture.contentType !== 'application/json';
  context.status(200).headers({
    'content-type': json ? 'application/json' : picture.contentType,
    ...form.headers,
    'x-cache': form.from,
    'x-content-type-options': 'nosniff',
    'x-image-width': picture.width,
    'x-image-height': picture.height,
    'server-timing': [serverTiming(picture.timings), ...(picture.steps ?? []).map(stepTiming)].join(', '),
    ...Object.fromEntries(Object.entries(picture.facts ?? {}).map(([name, text]) => [headerName(name), text])),
  });
  const { bytes, contentType, width, height, timings, steps, facts } = picture;
  context.succeed(
    json ? { image: bytes.toString('base64'), contentType, width, height, timings, steps, ...facts } : bytes,
  );
}

/** `cutoutMethod` → `x-cutout-method`. */
function headerName(fact: string): string {
  return `x-${fact.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `Server-Timing` (W3C) of stages in milliseconds. */
export function serverTiming(timings: Record<string, number>): string {
  return Object.entries(timings)
    .map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`)
    .join(', ');
}

/** Parts of the stages, not to be added to them: the second step is `step2;dur=12.5;desc="rotate+resize"`. */
function stepTiming({ steps, ms }: { steps: string[]; ms: number }, index: number): string {
  return `step${index + 1};dur=${ms.toFixed(1)};desc="${steps.join('+')}"`;
}
