import { lookup } from 'node:dns';
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const agents = {
  http: new Agent({ keepAlive: true, timeout: 4000 }),
  https: new SecureAgent({ keepAlive: true, timeout: 4000 }),
};

/** A receiver that does not accept a connection must not block others. */
const CONNECT_TIMEOUT_MS = 3000;

export interface Message {
  headers: OutgoingHttpHeaders;
  /** Bytes of the body. */
  size: number;
  /** Path and query to send unchanged, in place of those in the address. */
  path?: string;
  body: Readable;
}

/**
 * POSTs a message and resolves with the head of the answer, whose body the caller must read or destroy. Redirects are
 * not followed.
 * @param allowAddress checks an untrusted address: as a literal, in the lookup and on the socket
 * @throws Error if there is no answer, or the signal's reason
 */
export function post(
  url: string,
  message: Message,
  signal: AbortSignal,
  allowAddress?: (address: string) => boolean,
): Promise<IncomingMessage> {
  const { headers, size, body, path } = message;
  return new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const { 'transfer-encoding': _encoding, ...rest } = headers;
    const sent = (secure ? requestHttps : requestHttp)(url, {
      method: 'POST',
      // A checked connection is never reused from another call.
      agent: allowAddress ? false : secure ? agents.https : agents.http,
      ...(allowAddress && { lookup: guardedLookup(allowAddress) }),
      headers: { ...rest, 'content-length': size },
      signal,
      ...(path === undefined ? {} : { path }),
    });
    sent.once('error', reject);
    if (allowAddress) guardSocket(sent, allowAddress);
    sent.once('response', (answer) => {
      sent.off('error', reject);
      // From here on, the answer itself shows whether it is complete.
      sent.on('error', () => {});
      resolve(answer);
    });
    // `pipeline` neither watches nor destroys the body of a request that is already destroyed, as by an aborted signal.
    body.on('error', () => {});
    // An answer may arrive before the body is read; then an error of the pipe is irrelevant.
    pipeline(body, sent).catch((error) => {
      body.destroy();
      reject(error);
    });
  });
}

class AddressRefused extends Error {}

function guardedLookup(allowAddress: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const bad = error ?? (found.every(({ address }) => allowAddress(address)) ? null : new AddressRefused());
      const [first] = found ?? [];
      if (bad || !first) done(bad ?? new AddressRefused(), []);
      else if (options.all) done(null, found);
      else done(null, first.address, first.family);
    });
  };
}

/** A literal address is never looked up, so it is checked before connecting; and on the socket, like any other. */
function guardSocket(sent: ClientRequest, allowAddress: (address: string) => boolean): void {
  const host = sent.host.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !allowAddress(host)) sent.destroy(new AddressRefused());
  sent.once('socket', (socket) => {
    const timer = setTimeout(() => sent.destroy(new Error('no connection')), CONNECT_TIMEOUT_MS);
    sent.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      if (!allowAddress(socket.remoteAddress ?? '')) sent.destroy(new AddressRefused());
    });
  });
}
