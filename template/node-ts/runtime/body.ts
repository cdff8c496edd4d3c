import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { requestBody } from './body-stream.ts';
import { RuntimeProblem } from './problems.ts';
import { parseNested } from './query.ts';
import type { Settings } from './settings.ts';

type Limits = Pick<Settings, 'rawBody' | 'maxRawBytes' | 'maxJsonBytes'>;

/** Node18's limits for forms. */
const FORM_RULES = { depth: 32, listLimit: 100, maxPairs: 1000 };

/**
 * Parses the request body as node18 does: `text/*` is a string, JSON an object or array, a form an object, everything
 * else `{}`; with RAW_BODY always a Buffer. Without a body: `{}`. Limits apply to the decompressed body.
 * @throws RuntimeProblem 400, 413, 415
 */
export async function parseBody(req: IncomingMessage, limits: Limits): Promise<unknown> {
  const { headers } = req;
  if (headers['transfer-encoding'] === undefined && headers['content-length'] === undefined) return {};
  const type = mediaType(headers);
  if (limits.rawBody) return type === '' ? {} : await collect(req, limits.maxRawBytes);
  if (type.startsWith('text/')) return decodeText(await collect(req, limits.maxRawBytes), headers);
  if (type === 'application/json') return parseJson(await collect(req, limits.maxJsonBytes), headers);
  if (type === 'application/x-www-form-urlencoded') {
    return parseForm(decodeText(await collect(req, limits.maxRawBytes), headers));
  }
  return {};
}

/** `Image/PNG; x=y` → `image/png`; empty if the header is not a media type. */
function mediaType(headers: IncomingHttpHeaders): string {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type : '';
}

function tooLarge(limit: number): RuntimeProblem {
  const detail = `The request body is larger than the ${limit} bytes that this function takes.`;
  return new RuntimeProblem(413, 'body-too-large', 'Body too large', detail);
}

function badRequest(detail: string): RuntimeProblem {
  return new RuntimeProblem(400, 'bad-request', 'Bad Request', detail);
}

function unsupported(detail: string): RuntimeProblem {
  return new RuntimeProblem(415, 'unsupported-media-type', 'Unsupported Media Type', detail);
}

async function collect(req: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = (req.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity' && Number(req.headers['content-length']) > limit) throw tooLarge(limit);
  const source = inflated(requestBody(req), encoding);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    const callerLeft = req.destroyed && !req.complete;
    if (error instanceof RuntimeProblem || encoding === 'identity' || callerLeft) throw error;
    throw badRequest(`The request body is not valid ${encoding}.`);
  }
  return Buffer.concat(chunks, size);
}

function inflated(source: Readable, encoding: string): Readable {
  if (encoding === 'identity') return source;
  const decoder = decoderOf(encoding);
  if (!decoder) {
    throw unsupported('This function reads the content encodings gzip, deflate and br.');
  }
  return pipeline(source, decoder, () => {});
}

function decoderOf(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  return encoding === 'br' ? createBrotliDecompress() : undefined;
}

function charsetOf(headers: IncomingHttpHeaders): string {
  const match = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '');
  return match?.[1]?.toLowerCase() ?? 'utf-8';
}

function decodeText(bytes: Buffer, headers: IncomingHttpHeaders): string {
  const charset = charsetOf(headers);
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    throw unsupported('The charset of the request body is unknown; send utf-8.');
  }
}

function parseJson(bytes: Buffer, headers: IncomingHttpHeaders): unknown {
  if (!charsetOf(headers).startsWith('utf-')) throw unsupported('JSON comes in utf-8; the charset says otherwise.');
  const text = decodeText(bytes, headers);
  if (text === '') return {};
  const invalid = (why: string) => new RuntimeProblem(400, 'json-invalid', 'Invalid JSON', why);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`The request body is not valid JSON: ${(error as Error).message}`);
  }
  // Node18 accepts only objects and arrays, so its handlers may rely on that.
  if (typeof value === 'object' && value !== null) return value;
  throw invalid('The request body must be a JSON object or array.');
}

function parseForm(text: string): unknown {
  let pairs = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) pairs += 1;
  if (pairs > FORM_RULES.maxPairs) {
    const detail = `The form has more than the ${FORM_RULES.maxPairs} fields that this function takes.`;
    throw new RuntimeProblem(413, 'body-too-large', 'Body too large', detail);
  }
  return parseNested(text, FORM_RULES, () => ({}));
}
