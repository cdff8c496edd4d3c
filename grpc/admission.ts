import { constants } from 'node:http2';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';
import { releaseBuffers } from '#process/garbage';
import type { Upload, Uploads } from '#process/uploads';
import { type Announced, announced, type BaseCall, baseOf } from './base-call.ts';
import { type Failed, statusOf } from './status.ts';

/** Copies of a message held during a call: its frames and itself, or itself and what is made of it. */
const COPIES = {
  encoded: 2.5,
  // Raw rows become a PNG.
  raw: 4,
};
/** Limit for gRPC's own services (health, reflection), which only receive names; bytes. */
const OWN_MESSAGE = 64 * 1024;
/** Concurrent calls, whether they have sent anything or not. */
const MAX_CALLS = 1_024;
/** Time limit from the head of a call to the start of its message, ms. */
const BEGIN_MS = 10_000;
/** Calls that held this much trigger a garbage collection when they end; bytes. */
export const LARGE = 8 * 1024 * 1024;
/** Time limit to receive a reply, in addition to its time at 128 KiB/s; ms. */
const LEAST_MS = 15_000;
const BYTES_PER_MS = 131.072;

const admissions = new WeakMap<Metadata, Admission>();

/**
 * Releases something when a call is over: its status is sent, or its caller has left.
 * @param metadata the call's
 */
export function untilOver(metadata: Metadata, giveBack: () => void): void {
  const admission = admissions.get(metadata);
  if (admission) admission.add(giveBack);
  else giveBack();
}

/**
 * Admits a call's message once there is memory for it: small ones at once, large ones in turn. Ends calls whose caller
 * does not read the reply.
 * @param most maximum bytes of a message
 */
export function admit(requests: Uploads, most: number): ServerInterceptor {
  let calls = 0;
  return ({ path }, call) => {
    const one = new Admission(path, requests, most);
    const refuse = (problem: unknown): void => {
      if (!one.over) call.sendStatus(refusal(problem, one.callId));
      one.end();
    };
    calls++;
    one.add(() => calls--);
    const crowded = calls > MAX_CALLS && !one.own;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            const admitted = crowded ? Promise.reject(tooMany()) : one.begin(metadata, refuse);
            admitted.then(() => one.over || proceed(metadata), refuse);
          },
          onReceiveMessage: (message, proceed) => {
            one.arrived();
            proceed(message);
          },
          onCancel: () => one.end(),
        }),
      sendMessage: (message, proceed) => {
        one.replying(message);
        proceed(message);
      },
      sendStatus: (sent, proceed) => {
        one.end();
        proceed(sent);
      },
    });
  };
}

/** One call, and the memory it holds. */
class Admission {
  readonly own: boolean;
  callId = '';
  private readonly copies: number;
  private readonly left = new AbortController();
  private readonly held: (() => void)[] = [];
  private base: BaseCall | undefined;
  private upload: Upload | undefined;
  /** Its message, or its reply. */
  private large = false;

  constructor(
    path: string,
    private readonly requests: Uploads,
    private readonly most: number,
  ) {
    this.own = path.startsWith('/grpc.');
    this.copies = path.startsWith('/NLImageService/') ? COPIES.raw : COPIES.encoded;
  }

  /** Its status is sent, or its caller has left. */
  get over(): boolean {
    return this.left.signal.aborted;
  }

  add(giveBack: () => void): void {
    if (this.over) giveBack();
    else this.held.push(giveBack);
  }

  end(): void {
    this.left.abort();
    const held = this.held.splice(0);
    const giveBack = (): void => {
      // The call's buffers are unreferenced, but V8 has not collected them yet.
      if (this.large) releaseBuffers();
      for (const one of held) one();
    };
    const { stream } = this.base ?? {};
    if (this.large && stream && !stream.closed) {
      stream.once('close', () => setImmediate(giveBack));
      // A refused caller may never end its message; what has arrived is held until the stream is closed.
      setImmediate(() => stream.readableEnded || stream.close(constants.NGHTTP2_NO_ERROR));
    } else if (this.large) setImmediate(giveBack);
    else giveBack();
  }

  /** Waits until its message is admitted. @throws Problem `busy`, `timed-out`, `body-too-large` */
  async begin(metadata: Metadata, refuse: (problem: unknown) => void): Promise<void> {
    admissions.set(metadata, this);
    this.callId = String(metadata.get('x-call-id')[0] ?? '');
    this.base = baseOf(metadata);
    this.base.decoder.maxReadMessageLength = this.own ? OWN_MESSAGE : this.most;
    if (this.own) return;
    const late = new Problem('timed-out', `The message of this call did not begin within ${BEGIN_MS / 1_000} s.`);
    const timer = setTimeout(() => refuse(late), BEGIN_MS);
    this.add(() => clearTimeout(timer));
    const message = await announced(this.base);
    clearTimeout(timer);
    try {
      if (message && !this.over) await this.room(message, refuse);
    } finally {
      message?.resume();
    }
  }

  private async room({ bytes, compressed }: Announced, refuse: (problem: unknown) => void): Promise<void> {
    // A second message would also be held.
    if (this.base) this.base.decoder.maxReadMessageLength = bytes;
    // The decoder refused anything longer than the maximum.
    const wanted = Math.ceil((compressed ? this.most : Math.min(bytes, this.most)) * this.copies);
    if (wanted > this.requests.most) throw neverFits(bytes, this.requests.most / this.copies);
    this.upload = await this.requests.admit(wanted, this.left.signal, refuse);
    this.large ||= wanted > LARGE;
    this.add(this.upload.giveBack);
    this.add(this.upload.complete);
  }

  arrived(): void {
    this.upload?.complete();
    // The chunks it arrived in.
    if (this.large) setImmediate(releaseBuffers);
    if (this.base && !this.own) this.base.decoder.maxReadMessageLength = 0;
  }

  replying(message: unknown): void {
    if (this.own) return;
    const bytes = bytesOf(message);
    this.large ||= bytes > LARGE;
    const time = LEAST_MS + bytes / BYTES_PER_MS;
    const timer = setTimeout(() => this.base?.stream.close(constants.NGHTTP2_CANCEL), time);
    this.add(() => clearTimeout(timer));
  }
}

/** Bytes of the picture in a reply. */
function bytesOf(message: unknown): number {
  const { data, done } = message as { data?: Buffer; done?: { picture?: { data?: Buffer } } };
  return (data ?? done?.picture?.data)?.length ?? 0;
}

function refusal(problem: unknown, callId: string): Omit<Failed, 'cause'> {
  const { cause: _, ...refused } = statusOf(problem, callId);
  return refused;
}

function tooMany(): Problem {
  return new Problem('busy', 'Too many calls at once; try again in a moment.', { headers: { 'retry-after': '1' } });
}

function neverFits(bytes: number, most: number): Problem {
  const detail = `The message has ${formatBytes(bytes)}; this server has the memory for ${formatBytes(most)}.`;
  return new Problem('body-too-large', detail, { members: { maxBytes: Math.floor(most) } });
}
