import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Status, sentence and headers of an answer that the gateway itself gives. */
export type GatewayAnswer = [status: number, text: string, headers?: OutgoingHttpHeaders];

/** The caller must authenticate; the text is OpenFaaS's. */
export const UNAUTHORIZED: GatewayAnswer = [
  401,
  'invalid credentials',
  { 'WWW-Authenticate': 'Basic realm="Restricted"' },
];

/** Answers with a sentence, unless the answer has begun. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent) return;
  const body = text === '' ? '' : `${text}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function answerJson(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
