import type { SentOptions } from '#client/encode-request';
import type { Answer } from '#client/function-client';

/** What a function is asked. */
export interface CallRequest {
  options?: SentOptions;
  picture?: Buffer | undefined;
  path?: string;
  accept?: string;
}

/** How functions are called. */
export interface Caller {
  /** Where, for people. */
  address: string;
  /** @throws Problem in words that help at a terminal */
  call(name: string, asked: CallRequest): Promise<Answer>;
}

/** One try of a call. */
export interface Attempt {
  callId: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** A way to the functions. */
export interface Transport {
  address: string;
  /** @throws Problem */
  call(name: string, asked: CallRequest, once: Attempt): Promise<Answer>;
}
