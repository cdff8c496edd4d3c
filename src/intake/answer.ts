import type { IncomingHttpHeaders } from 'node:http';
import type { FunctionContext } from '#handler';

/** A finished picture and what is known about it. */
export interface FinishedPicture {
  bytes: Buffer;
  contentType: string;
  width: number;
  height: number;
  /** Milliseconds by stage, in order. */
  timings: Record<string, number>;
}

export interface AnswerRules {
  /** Strong entity tag, in its quotes. */
  etag: string;
  /** JSON with the picture as base64 instead of the picture itself. */
  json: boolean;
  /** The answer depended on `Accept`. */
  negotiated: boolean;
}

/** Whether a caller asks for JSON: it accepts JSON and neither `image/*` nor everything. */
export function wantsJson(headers: IncomingHttpHeaders): boolean {
  const accept = headers.accept ?? '';
  return /\bapplication\/json\b/i.test(accept) && !/\bimage\/|\*\/\*/i.test(accept);
}

/** Answers with a picture, or with JSON `{image, contentType, width, height, timings}`. */
export function answerPicture(context: FunctionContext, picture: FinishedPicture, rules: AnswerRules): void {
  context.status(200).headers({
    'content-type': rules.json ? 'application/json' : picture.contentType,
    etag: rules.etag,
    'cache-control': 'private, max-age=86400',
    'x-content-type-options': 'nosniff',
    'x-image-width': picture.width,
    'x-image-height': picture.height,
    'server-timing': serverTiming(picture.timings),
    ...(rules.negotiated && { vary: 'Accept' }),
  });
  const { bytes, contentType, width, height, timings } = picture;
  context.succeed(rules.json ? { image: bytes.toString('base64'), contentType, width, height, timings } : bytes);
}

/** `Server-Timing` (W3C) of stages in milliseconds. */
export function serverTiming(timings: Record<string, number>): string {
  return Object.entries(timings)
    .map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`)
    .join(', ');
}
