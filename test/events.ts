import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FunctionEvent } from '#handler';

/** A request, in short. */
export interface Sent {
  body?: Buffer | string;
  headers?: Record<string, string>;
  method?: string;
  query?: Record<string, string | string[]>;
  path?: string;
  signal?: AbortSignal;
}

/** A request as the runtime hands it to a handler that takes streams. */
export function eventOf({
  body = '',
  headers = {},
  method = 'POST',
  query = {},
  path = '/',
  signal = new AbortController().signal,
}: Sent): FunctionEvent<Readable> {
  const bytes = Buffer.from(body as string);
  // In small pieces, as the network delivers it.
  const pieces = Array.from({ length: Math.ceil(bytes.length / 4_096) }, (_, index) =>
    bytes.subarray(index * 4_096, (index + 1) * 4_096),
  );
  return {
    body: Readable.from(pieces, { objectMode: false }),
    headers,
    method,
    query,
    path,
    callId: randomUUID(),
    signal,
  };
}

/** What a promise is rejected with; undefined when it is fulfilled. */
// biome-ignore lint/suspicious/noExplicitAny: problems are looked at member by member
export async function rejectionOf(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
}

/** A `multipart/form-data` body and the header that goes with it. */
export async function formOf(
  fields: [string, string | Blob, string?][],
): Promise<{ body: Buffer; headers: Record<string, string> }> {
  const form = new FormData();
  for (const [name, value, file] of fields) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, file ?? 'picture');
  }
  const response = new Response(form);
  const type = response.headers.get('content-type') ?? '';
  return { body: Buffer.from(await response.arrayBuffer()), headers: { 'content-type': type } };
}
