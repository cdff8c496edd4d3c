import type { Readable } from 'node:stream';
import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';

/**
 * @param actual total bytes, if known: a body cut off at the limit was never counted
 * @param many there are several pictures, which share the limit
 */
export function tooLarge(maxBytes: number, { actual, many }: { actual?: number; many?: boolean } = {}): Problem {
  const [is, has] = many
    ? ['The pictures together are', 'The pictures together have']
    : ['The picture is', 'The picture has'];
  const detail =
    actual === undefined
      ? `${is} larger than the ${formatBytes(maxBytes)} allowed here.`
      : `${has} ${bytesBeyond(actual, maxBytes)}; that is larger than the ${formatBytes(maxBytes)} allowed here.`;
  return new Problem('body-too-large', detail, {
    members: { maxBytes, ...(actual !== undefined && { bytes: actual }) },
  });
}

/** A size that rounds to the limit is given in bytes. */
function bytesBeyond(actual: number, maxBytes: number): string {
  return formatBytes(actual) === formatBytes(maxBytes) ? `${actual} bytes` : formatBytes(actual);
}

/**
 * Maximum bytes of a body: base64 in text or JSON, with its escapes, is at least a third larger than its picture.
 */
export function ceilingOf(maxBytes: number): number {
  return Math.ceil(maxBytes * 1.45) + 65_536;
}

/** Allocated at once for a body; a longer one must first send this much. */
const FIRST_PIECE = 1024 * 1024;

/**
 * Reads a whole stream and counts its bytes as they arrive.
 * @param declared its declared length, as in `Content-Length`
 * @param shownLimit the limit for messages, if a picture is smaller than its body
 * @throws Problem `body-too-large` as soon as more than `maxBytes` have arrived or are declared
 */
export function readBody(
  stream: Readable,
  maxBytes: number,
  declared?: string,
  shownLimit = maxBytes,
): Promise<Buffer> {
  // Uses events: an iterator would add a tenth of a millisecond to every request.
  return new Promise((resolve, reject) => {
    const whole = new Grown(/^\d+$/.test(declared ?? '') ? Number(declared) : 0);
    const fail = (error: Error): void => {
      stream.destroy();
      reject(error);
    };
    stream.on('error', fail);
    stream.on('close', () => stream.readableEnded || fail(new Error('the body broke off')));
    stream.on('end', () => resolve(whole.bytes));
    if (whole.expected > maxBytes) return fail(tooLarge(shownLimit, { actual: whole.expected }));
    stream.on('data', (chunk: Buffer) => {
      if (whole.size + chunk.length > maxBytes) fail(tooLarge(shownLimit));
      else whole.add(chunk);
    });
  });
}

/** Assembles bytes as they arrive: keeping the chunks until the end would take twice the memory. */
class Grown {
  readonly expected: number;
  size = 0;
  private buffer = Buffer.alloc(0);

  constructor(expected: number) {
    this.expected = expected;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.size);
  }

  add(chunk: Buffer): void {
    const needed = this.size + chunk.length;
    if (needed > this.buffer.length) this.grow(needed);
    this.size += chunk.copy(this.buffer, this.size);
  }

  private grow(needed: number): void {
    const before = this.bytes;
    this.buffer = Buffer.allocUnsafeSlow(Math.max(needed, before.length * 2, Math.min(this.expected, FIRST_PIECE)));
    before.copy(this.buffer);
  }
}
