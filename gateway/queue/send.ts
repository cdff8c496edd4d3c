import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const agents = {
  http: new Agent({ keepAlive: true, timeout: 4000 }),
  https: new SecureAgent({ keepAlive: true, timeout: 4000 }),
};

export interface Message {
  headers: OutgoingHttpHeaders;
  /** Bytes of the body. */
  size: number;
  /** Path and query that must arrive exactly as they are, in place of the address's. */
  path?: string;
  body: Readable;
}

/**
 * POSTs a message and resolves with the beginning of the answer, which the caller must read or destroy. Redirects are
 * not followed.
 * @throws Error when there is no answer, or the signal's reason
 */
export function post(url: string, message: Message, signal: AbortSignal): Promise<IncomingMessage> {
  const { headers, size, body, path } = message;
  return new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const { 'transfer-encoding': _encoding, ...rest } = headers;
    const sent = (secure ? requestHttps : requestHttp)(url, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: { ...rest, 'content-length': size },
      signal,
      ...(path === undefined ? {} : { path }),
    });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      sent.off('error', reject);
      // From here on the answer itself says whether it is whole.
      sent.on('error', () => {});
      resolve(answer);
    });
    // An answer may come before the body is read: the end of the pipe is then no news.
    pipeline(body, sent).catch((error) => reject(error));
  });
}
