import type { SentOptions } from '#platform/sending';
import type { Answer } from '#platform/siblings';

/** What a function is asked. */
export interface Asked {
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
  call(name: string, asked: Asked): Promise<Answer>;
}

/** One try of a call. */
export interface Try {
  callId: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** A way to the functions. */
export interface Transport {
  address: string;
  /** @throws Problem */
  call(name: string, asked: Asked, once: Try): Promise<Answer>;
}
