import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { callIdOf } from '#kit/call-id';
import { answerText } from '../http/answer.ts';
import { forwardedHeaders } from '../http/headers.ts';
import { TooSlow, type UploadRate, watchUpload } from '../http/upload-rate.ts';
import type { Log } from '../log.ts';
import type { AsyncQueue } from './async-queue.ts';
import { type Job, newJobId } from './job.ts';
import { Refused, type Share } from './quota.ts';

export interface AcceptOptions {
  /** Undefined when another gateway has the queue. */
  queue: AsyncQueue | undefined;
  /** `X-Served-By` of every answer. */
  servedBy: string;
  log: Log;
  /** Whether an answer may be posted to an address. */
  allowAddress: (address: string) => boolean;
  /** Bodies must not come more slowly. */
  uploadRate: UploadRate;
}

/** A call that is to be queued, as it came in. */
export interface QueuedCall {
  request: IncomingMessage;
  response: ServerResponse;
  name: string;
  /** The name as the caller wrote it. */
  calledAs: string;
  path: string;
  expectsContinue: boolean;
}

const MAX_CALLBACK_CHARACTERS = 4096;

/**
 * Answers a call of `/async-function`: 202 once it is on the disk. As on OpenFaaS, nobody asks here whether there is
 * such a function.
 */
export async function acceptCall(call: QueuedCall, options: AcceptOptions): Promise<void> {
  const { queue, servedBy, log, allowAddress } = options;
  const { request, response } = call;
  if (request.method !== 'POST') {
    return answerText(response, 405, 'Only POST can be queued.', { Allow: 'POST' });
  }
  const job = newJob(call);
  response.setHeader('X-Call-Id', job.callId);
  response.setHeader('X-Start-Time', String(job.headers['x-start-time']));
  response.setHeader('X-Served-By', servedBy);
  if (job.callbackUrl !== undefined && !isCallback(job.callbackUrl)) {
    return answerText(response, 400, 'X-Callback-Url must be an http or https address.');
  }
  if (job.callbackUrl !== undefined && !mayBeAsked(job.callbackUrl, allowAddress)) {
    return answerText(response, 403, NOT_PUBLIC);
  }
  if (!queue) {
    return answerText(
      response,
      503,
      'Another gateway has the queue of this folder; set GATEWAY_STATE to a folder of its own.',
    );
  }
  try {
    const share = queue.admit();
    announce(request, share);
    if (call.expectsContinue) response.writeContinue();
    await queue.accept(job, steady(request, options.uploadRate), share);
    response.writeHead(202, { 'Content-Length': 0 });
    response.end();
  } catch (error) {
    refuse(call, error, log);
  }
}

/** The body as it comes. @throws TooSlow (while it is read) */
async function* steady(request: IncomingMessage, rate: UploadRate): AsyncGenerator<Buffer> {
  // A small body has come along with its head.
  await Promise.resolve();
  if (request.complete) {
    const whole: Buffer | null = request.read();
    request.resume();
    if (whole) yield whole;
    return;
  }
  let slow: TooSlow | undefined;
  /** Set while the sender is waited for. */
  let wake: (() => void) | undefined;
  const unwatch = watchUpload(request, rate, {
    held: () => wake === undefined,
    tooSlow: (error) => {
      slow = error;
      wake?.();
    },
  });
  const pieces = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = pieces.next();
      // A sender that was given up may break off later.
      next.catch(() => {});
      const late = new Promise<undefined>((resolve) => {
        wake = () => resolve(undefined);
      });
      const piece = await Promise.race([next, late]);
      wake = undefined;
      if (slow) throw slow;
      if (!piece || piece.done) return;
      yield piece.value;
    }
  } finally {
    unwatch();
  }
}

function newJob({ request, name, calledAs, path }: QueuedCall): Job {
  const acceptedAt = Date.now();
  const callId = callIdOf(request.headers['x-call-id']);
  const callbackUrl = request.headers['x-callback-url'];
  const {
    'content-length': _length,
    'transfer-encoding': _encoding,
    // Judged when it came; the delivery is the gateway's own request.
    origin: _origin,
    'sec-fetch-site': _site,
    ...headers
  } = forwardedHeaders(request, {
    callId,
    startTime: `${acceptedAt}000000`,
  });
  return {
    id: newJobId(acceptedAt),
    name,
    calledAs,
    path,
    headers: headers as Job['headers'],
    callId,
    ...(callbackUrl === undefined ? {} : { callbackUrl: String(callbackUrl) }),
    acceptedAt,
  };
}

function isCallback(text: string): boolean {
  if (text.length > MAX_CALLBACK_CHARACTERS) return false;
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

const NOT_PUBLIC =
  'X-Callback-Url is not on the public internet; the operator may add its network to GATEWAY_CALLBACK_NETWORKS.';

/** A literal address is judged at once; what a name leads to is seen when it is connected to. */
function mayBeAsked(text: string, allowAddress: (address: string) => boolean): boolean {
  const host = new URL(text).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return allowAddress('127.0.0.1') || allowAddress('::1');
  return isIP(host) === 0 || allowAddress(host);
}

/** Refuses a body before it is sent when its announced length is too much already. */
function announce(request: IncomingMessage, share: Share): void {
  const length = Number(request.headers['content-length'] ?? 0);
  try {
    share.check(length);
  } catch (error) {
    share.release();
    throw error;
  }
}

function refuse({ request, response, name }: QueuedCall, error: unknown, log: Log): void {
  // The rest of the body is read away, or the caller would not see the answer.
  request.resume();
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof Refused) {
    answerText(response, error.status, message, error.status === 429 ? { 'Retry-After': 5 } : {});
  } else if (error instanceof TooSlow) {
    answerText(response, 408, message, { Connection: 'close' });
  } else if (code === 'ENOSPC' || code === 'EDQUOT') {
    answerText(response, 507, 'Error queuing request: the disk of the gateway is full.');
  } else if (!response.destroyed && !request.errored) {
    log.error(`a call of ${name} could not be queued: ${message}`);
    answerText(response, 500, 'Error queuing request: the gateway could not write it to its disk.');
  }
}
