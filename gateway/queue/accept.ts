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
  /** Undefined if another gateway has the queue. */
  queue: AsyncQueue | undefined;
  /** `X-Served-By` of every answer. */
  servedBy: string;
  log: Log;
  /** Whether an answer may be posted to an address. */
  allowAddress: (address: string) => boolean;
  /** Minimum upload rate. */
  uploadRate: UploadRate;
}

/** A call to be queued. */
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
 * Answers a call of `/async-function`: 202 once it is on disk. As in OpenFaaS, the function need not exist.
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

/** The body as it arrives. @throws TooSlow (while it is read) */
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
  /** Set while waiting for the sender. */
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
      // A sender that timed out may disconnect later.
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
    // Checked when it arrived; the delivery is a request of the gateway.
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

/** A literal address is checked at once; what a name resolves to is checked on connecting. */
function mayBeAsked(text: string, allowAddress: (address: string) => boolean): boolean {
  const host = new URL(text).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return allowAddress('127.0.0.1') || allowAddress('::1');
  return isIP(host) === 0 || allowAddress(host);
}

/** Refuses a body by its declared length, before it is sent. */
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
  // Discards the rest of the body, or the caller would not see the answer.
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
