import type { IncomingHttpHeaders } from 'node:http';
import { type Duplex, pipeline, Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { Problem } from '#contract/problems';
import { readBody, tooLarge } from './body.ts';

type Decoder = (source: Readable, maxBytes: number) => Promise<Readable> | Readable;

const piped = (source: Readable, decoder: Duplex): Readable => pipeline(source, decoder, () => undefined);
const gzip: Decoder = (source) => piped(source, createGunzip());

const DECODERS: Record<string, Decoder> = {
  gzip,
  'x-gzip': gzip,
  br: (source) => piped(source, createBrotliDecompress()),
  // RFC 9110 §8.4.1.2 means the zlib format, whose first byte ends in 8; some clients send deflate without it.
  deflate: async (source, maxBytes) => {
    const packed = await readBody(source, maxBytes);
    const decoder = ((packed[0] ?? 8) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    return piped(Readable.from([packed]), decoder);
  },
};
const KNOWN = ['gzip', 'deflate', 'br'];
/** Most stacked codings: nobody sends more, and each costs memory. */
const MAX_CODINGS = 2;

/**
 * Reads the body of a request, decompressed as it streams in.
 * @param maxBytes limit of compressed bytes; `read` counts the decompressed ones
 * @param read gets the content, and its declared length if it is not compressed
 * @throws Problem `encoding-unsupported`, `encoding-invalid`, `body-too-large` or what `read` throws
 */
export async function readContent<T>(
  { body, headers }: { body: Readable; headers: IncomingHttpHeaders },
  maxBytes: number,
  read: (content: Readable, length?: string) => Promise<T>,
): Promise<T> {
  const codings = codingsOf(headers['content-encoding']);
  if (codings.length === 0) return read(body, headers['content-length']);
  try {
    let content: Readable = pipeline(body, counted(maxBytes), () => undefined);
    for (const coding of codings.reverse()) content = (await DECODERS[coding]?.(content, maxBytes)) ?? content;
    return await read(content);
  } catch (error) {
    throw inflateProblem(error, codings);
  }
}

function codingsOf(header = ''): string[] {
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length <= MAX_CODINGS && codings.every((coding) => Object.hasOwn(DECODERS, coding))) return codings;
  throw new Problem(
    'encoding-unsupported',
    `The header Content-Encoding is "${header.slice(0, 60)}"; send gzip, deflate or br, or a body without this header.`,
    { members: { allowed: KNOWN }, headers: { 'accept-encoding': KNOWN.join(', ') } },
  );
}

/** Limits the compressed bytes: an endless series of empty blocks inflates to nothing. */
function counted(maxBytes: number): Transform {
  let received = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      received += chunk.length;
      if (received > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
}

/** zlib's errors → their meaning for the sender. */
function inflateProblem(error: unknown, codings: string[]): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Problem || typeof code !== 'string' || !/^(Z_|ERR__)/.test(code)) return error;
  const said = codings.join(', ');
  return new Problem(
    'encoding-invalid',
    `The body is not ${said}, which its Content-Encoding says, or it is cut short.`,
    {
      cause: error,
    },
  );
}
