import type { ServerResponse } from 'node:http';
import type { FileAnswer } from '#http/built-files';

/** Answers with a file or a page of the gateway. */
export function sendFile(response: ServerResponse, { status, headers, body }: FileAnswer): void {
  response.writeHead(status, { ...headers, ...(status !== 304 && { 'content-length': Buffer.byteLength(body) }) });
  response.end(body);
}
