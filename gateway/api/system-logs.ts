import type { ServerResponse } from 'node:http';
import type { LogBook, LogLine, LogQuery } from './log-book.ts';

/** A follower that does not read is disconnected when this much is buffered for it. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Parses a log query. @returns an error message if it is invalid */
export function readLogQuery(name: string, query: URLSearchParams): LogQuery | string {
  const instance = query.get('instance');
  const sinceText = query.get('since');
  const since = sinceText === null ? undefined : Date.parse(sinceText);
  if (since !== undefined && Number.isNaN(since)) return 'since must be a time such as 2026-01-31T12:00:00Z.';
  const tail = Number(query.get('tail') ?? -1);
  if (!Number.isInteger(tail)) return 'tail must be a whole number of lines.';
  return { name, tail, ...(instance ? { instance } : {}), ...(since === undefined ? {} : { since }) };
}

/**
 * Answers with a function's log lines as NDJSON.
 * @param source `follow`: send new lines until the caller disconnects or the gateway stops
 */
export function sendLogs(
  response: ServerResponse,
  query: LogQuery,
  source: { logBook: LogBook; follow: boolean; stopping: AbortSignal },
): void {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'X-Content-Type-Options': 'nosniff' });
  const send = (line: LogLine) => {
    response.write(`${JSON.stringify(line)}\n`);
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
  };
  for (const line of source.logBook.read(query)) send(line);
  if (!source.follow) {
    response.end();
    return;
  }
  response.flushHeaders();
  const unfollow = source.logBook.follow(query, send);
  const end = () => response.end();
  source.stopping.addEventListener('abort', end, { once: true });
  response.once('close', () => {
    unfollow();
    source.stopping.removeEventListener('abort', end);
  });
}
