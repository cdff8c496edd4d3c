import type { Readable } from 'node:stream';
import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';

/**
 * @param seen bytes that there are, where that is known: what is cut off at the limit was never counted
 * @param many there are several pictures, which together may have as many as one
 */
export function tooLarge(maxBytes: number, { seen, many }: { seen?: number; many?: boolean } = {}): Problem {
  const [is, has] = many
    ? ['The pictures together are', 'The pictures together have']
    : ['The picture is', 'The picture has'];
  const told =
    seen === undefined
      ? `${is} larger than the ${formatBytes(maxBytes)} allowed here.`
      : `${has} ${bytesBeyond(seen, maxBytes)}; that is larger than the ${formatBytes(maxBytes)} allowed here.`;
  return new Problem('body-too-large', told, { members: { maxBytes, ...(seen !== undefined && { bytes: seen }) } });
}

/** A size that rounds to the limit is told to the byte. */
function bytesBeyond(seen: number, maxBytes: number): string {
  return formatBytes(seen) === formatBytes(maxBytes) ? `${seen} bytes` : formatBytes(seen);
}

/**
 * Bytes that a body may have: base64, in text or JSON and with its escapes, is a third and more
 * larger than its picture.
 */
export function ceilingOf(maxBytes: number): number {
  return Math.ceil(maxBytes * 1.45) + 65_536;
}

/** What is set aside at once for a body; one that claims to be longer must first send as much. */
const FIRST_PIECE = 1024 * 1024;

/**
 * Reads a whole stream, counting while it arrives.
 * @param declared the length it says it has, as in `Content-Length`
 * @param told the limit that messages name, where a picture is smaller than its body
 * @throws Problem `body-too-large` as soon as more than `maxBytes` have come, or the declared length says they will
 */
export function readBody(stream: Readable, maxBytes: number, declared?: string, told = maxBytes): Promise<Buffer> {
  // By events: an iterator would cost a tenth of a millisecond of every request.
  return new Promise((resolve, reject) => {
    const whole = new Grown(/^\d+$/.test(declared ?? '') ? Number(declared) : 0);
    const fail = (error: Error): void => {
      stream.destroy();
      reject(error);
    };
    stream.on('error', fail);
    stream.on('close', () => stream.readableEnded || fail(new Error('the body broke off')));
    stream.on('end', () => resolve(whole.bytes));
    if (whole.expected > maxBytes) return fail(tooLarge(told, { seen: whole.expected }));
    stream.on('data', (chunk: Buffer) => {
      if (whole.size + chunk.length > maxBytes) fail(tooLarge(told));
      else whole.add(chunk);
    });
  });
}

/** Bytes put together while they arrive: pieces kept until the last has come would take the memory twice. */
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
