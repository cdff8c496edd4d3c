import type { LookupAddress } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { type Duplex, pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Problem } from '#contract/problems';
import { readBody } from './body.ts';
import { type Caller, held } from './body-budget.ts';
import { refusal, sniff } from './sniff.ts';
import type { UrlRules } from './url-rules.ts';

const MAX_REDIRECTS = 3;

/**
 * Fetches a picture by URL. Addresses are checked in three places, because Node never looks up a literal address and a
 * name may answer differently each time: the parsed host, every address a lookup returns, and the socket's own remote
 * address. The same on every redirect. No proxy is used: it would connect itself, past the guard.
 * @throws Problem `option-invalid`, `address-refused`, `source-failed`, `body-too-large` or `timed-out`
 */
export async function fetchPicture(address: string, rules: UrlRules, caller?: Caller): Promise<Buffer> {
  const timeout = AbortSignal.timeout(rules.timeout);
  const signal = caller ? AbortSignal.any([caller.signal, timeout]) : timeout;
  try {
    return await follow(parseAddress(address), rules, { signal, finished: caller?.finished });
  } catch (error) {
    throw fetchProblem(error, timeout);
  }
}

function parseAddress(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new Problem('option-invalid', 'The address must be an http or https URL without a user name or password.', {
    members: { option: 'url' },
  });
}

async function follow(start: URL, rules: UrlRules, caller: Caller): Promise<Buffer> {
  let url = start;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    checkHost(url, rules);
    const response = await request(url, rules, caller.signal);
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400 && headers.location) {
      response.destroy();
      url = parseAddress(headers.location, url);
      continue;
    }
    if (status !== 200) {
      response.destroy();
      throw new Problem('source-failed', `${url.hostname} answered ${status} instead of a picture.`);
    }
    const { 'content-encoding': encoding, 'content-length': length } = headers;
    const isPacked = Boolean(encoding) && encoding !== 'identity';
    const content = isPacked ? unpacked(response, String(encoding), url) : response;
    const told = isPacked ? undefined : length;
    const most = Math.min(Number(told || rules.maxBytes), rules.maxBytes);
    const read = () => readBody(content, rules.maxBytes, told);
    const bytes = await held(most, caller, read).finally(() => response.destroy());
    checkAnswer(bytes, url);
    return bytes;
  }
  throw new Problem('source-failed', `${start.hostname} redirects more than ${MAX_REDIRECTS} times.`);
}

/** If an address answers with something else than a picture, the message blames the address, not the caller. */
function checkAnswer(bytes: Buffer, { hostname }: URL): void {
  if (bytes.length === 0) throw new Problem('source-failed', `${hostname} answered with nothing instead of a picture.`);
  if (sniff(bytes)) return;
  const { code, message, members } = refusal(bytes);
  throw new Problem(code, `${hostname} did not answer with a picture that is read here. ${message}`, { members });
}

/** The first place: the host as the URL parser understands it, which turns `0x7f.1` and `2130706433` into 127.0.0.1. */
function checkHost(url: URL, { hosts, allowAddress }: UrlRules): void {
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  const listed =
    hosts.length === 0 || hosts.some((name) => (name.startsWith('.') ? host.endsWith(name) : host === name));
  if (!listed || (isIP(host) !== 0 && !allowAddress(host))) throw refused();
}

const UNPACKERS: Record<string, () => Duplex> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Decompresses what a server compressed although it was asked not to. */
function unpacked(data: Readable, encoding: string, { hostname }: URL): Readable {
  const unpacker = UNPACKERS[encoding.trim().toLowerCase()];
  if (unpacker) return pipeline(data, unpacker(), () => undefined);
  data.destroy();
  throw new Problem('source-failed', `${hostname} packed the picture in a way that is not known here.`);
}

/** Resolves with the head of the answer. Node's own client: axios would add 4 ms of processor time to each picture. */
function request(url: URL, rules: UrlRules, signal: AbortSignal): Promise<IncomingMessage> {
  const { Agent, request } = url.protocol === 'https:' ? https : http;
  const headers = { accept: 'image/*', 'user-agent': 'obscura', 'accept-encoding': 'identity' };
  return new Promise((resolve, reject) => {
    const agent = guard(new Agent({ keepAlive: false }), rules);
    request(url, { agent, headers, signal }, resolve).on('error', reject).end();
  });
}

/** The second and third place: what a name resolves to, and what the socket actually connected to. */
function guard<A extends http.Agent>(agent: A, rules: UrlRules): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = connect({ ...options, lookup: guardedLookup(rules) } as typeof options, done) as Socket;
    socket.once('connect', () => {
      if (!rules.allowAddress(socket.remoteAddress ?? '')) socket.destroy(refused());
    });
    return socket;
  };
  return agent;
}

function guardedLookup(rules: UrlRules): LookupFunction {
  return (hostname, options, done) => {
    rules.lookup(hostname, options, (error, address, family) => {
      const all = Array.isArray(address) ? (address as LookupAddress[]) : [{ address: address as string }];
      const bad = !error && all.some((item) => !rules.allowAddress(item.address));
      done(bad ? (refused() as unknown as NodeJS.ErrnoException) : error, address as string, family);
    });
  };
}

function refused(): Problem {
  return new Problem('address-refused', 'This address is not fetched from; send the picture itself.');
}

/** A stream's error may wrap our own problem. */
function fetchProblem(error: unknown, timeout: AbortSignal): unknown {
  for (let inner = error; inner instanceof Error; inner = inner.cause) if (inner instanceof Problem) return inner;
  if (timeout.aborted)
    return new Problem('timed-out', 'The address took too long to deliver the picture.', { cause: error });
  const { code = '' } = error as NodeJS.ErrnoException;
  const reason = REASONS[code] ?? 'the connection failed or broke off';
  return new Problem('source-failed', `The picture could not be fetched: ${reason}.`, { cause: error });
}

const REASONS: Record<string, string> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'the host refuses connections',
  CERT_HAS_EXPIRED: "the host's certificate has expired",
};
