import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** Hop-by-hop headers, which a proxy must not forward (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Copies headers, except hop-by-hop ones and those that `Connection` names. */
export function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = namedHeaders(headers.connection);
  const kept: OutgoingHttpHeaders = {};
  for (const name of Object.keys(headers)) {
    if (!HOP_BY_HOP.has(name) && !named?.has(name)) kept[name] = headers[name];
  }
  return kept;
}

/** What `Connection` names; undefined where that is nothing, as in nearly all requests. */
function namedHeaders(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive') return undefined;
  const names = connection.split(',').map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== 'content-length'));
}

/** Whether a request has a body, even an empty one. */
export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

/** The headers for a function: the caller's, and where the request came from. */
export function forwardedHeaders(
  request: IncomingMessage,
  trace: { callId: string; startTime: string },
): OutgoingHttpHeaders {
  const headers = endToEnd(request.headers);
  const { host } = request.headers;
  const { remoteAddress = '', remotePort = 0 } = request.socket;
  // The gateway itself answers 100 Continue, once a process can receive the body.
  delete headers.expect;
  delete headers.host;
  if (request.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  headers['x-call-id'] = trace.callId;
  headers['x-start-time'] = trace.startTime;
  headers['x-forwarded-host'] ??= host ?? '';
  headers['x-forwarded-for'] ??= `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
  return headers;
}

/** The headers for the caller; the content type defaults to the request's. */
export function answeredHeaders(request: IncomingMessage, answer: IncomingMessage): OutgoingHttpHeaders {
  const headers = endToEnd(answer.headers);
  const bodiless = answer.statusCode === 204 || answer.statusCode === 304;
  if (!bodiless) headers['content-type'] ??= request.headers['content-type'] ?? 'text/plain';
  return headers;
}
