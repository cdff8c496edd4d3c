import type { IncomingMessage } from 'node:http';
import { formatBytes } from '#kit/bytes';

const MIB = 1024 * 1024;

/** A request body that cannot be used; the message is for the caller. */
export class BadBody extends Error {}

/** Reads a small JSON object from a request. @throws BadBody */
export async function readJsonBody(request: IncomingMessage, maxBytes = MIB): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new BadBody(`The body is larger than ${formatBytes(maxBytes)}.`);
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls through to the sentence below.
  }
  throw new BadBody('The body must be a JSON object.');
}
