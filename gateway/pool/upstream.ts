import type { Agent } from 'node:http';

/** Leave to send one request to a place that can answer it. */
export interface Lease {
  host: string;
  port: number;
  agent: Agent;
  /** So much is under way there that the place may refuse more: it is asked before a body is sent. */
  crowded: boolean;
  /** Must be called once the answer is over, however it ended. */
  release(): void;
  /** An answer has begun: the place is well. */
  answered(): void;
  /** The whole time of the function passed without an answer. A place that does so again and again is replaced. */
  timedOut(): void;
  /** The connection failed. Resolves when it is known whether the place is gone; until then it gets no requests. */
  lost(): Promise<void>;
}

/** Where a function's calls go: processes of this machine, or whatever else can answer them. */
export interface Upstream {
  /**
   * Waits for a place that takes requests, starting one when there is none.
   * @throws Unavailable, Busy, or the signal's reason when the caller left
   */
  acquire(signal: AbortSignal): Promise<Lease>;
  /** `replicas` is how many there should be, `available` how many take requests now. */
  count(): { replicas: number; available: number };
  /** Sets how many there should be; a busy one ends only after its last answer. @returns the number that was set */
  scale(replicas: number): number;
  /** Gets no more requests; answers those it has, then ends. */
  finish(): Promise<void>;
  /** Ends everything, politely. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}

/** Nothing can take the request now. The message is for the caller: no paths, no output of the function. */
export class Unavailable extends Error {
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** The function's own limit of requests at once (`max_inflight`) is reached. */
export class Busy extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`Concurrent request limit exceeded. Max concurrent requests: ${limit}`);
    this.limit = limit;
  }
}
