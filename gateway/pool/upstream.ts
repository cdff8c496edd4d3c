import type { Agent } from 'node:http';

/** Permission to send one request to a replica. */
export interface Lease {
  host: string;
  port: number;
  agent: Agent;
  /** The replica is so busy that it may refuse the request: it is asked before the body is sent. */
  crowded: boolean;
  /** Must be called once the answer is over, however it ended. */
  release(): void;
  /** An answer has begun: the replica is healthy. */
  answered(): void;
  /** The function's time limit passed without an answer. A replica that does so repeatedly is replaced. */
  timedOut(): void;
  /** The connection failed. Resolves once it is known whether the replica is gone; until then it gets no requests. */
  lost(): Promise<void>;
}

/** Where a function's calls go: processes of this machine, or other hosts. */
export interface Upstream {
  /** A lease, if a replica can be sent a request at once. @throws Busy */
  take(): Lease | undefined;
  /**
   * Waits for a ready replica, and starts one if there is none.
   * @throws Unavailable, Busy, or the signal's reason when the caller left
   */
  acquire(signal: AbortSignal): Promise<Lease>;
  /** `replicas`: how many there should be; `available`: how many are ready. */
  count(): { replicas: number; available: number };
  /** Sets the number of replicas; a busy one stops only after its last answer. @returns the number that was set */
  scale(replicas: number): number;
  /** Accepts no more requests, answers those in flight, then stops. */
  finish(): Promise<void>;
  /** Stops all replicas. */
  stop(): Promise<void>;
  /** Kills all replicas. */
  kill(): void;
}

/** No replica can accept the request now. The message is for the caller: no paths, no output of the function. */
export class Unavailable extends Error {
  /** Seconds after which a retry makes sense. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** The function's limit of concurrent requests (`max_inflight`) is reached. */
export class Busy extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`Concurrent request limit exceeded. Max concurrent requests: ${limit}`);
    this.limit = limit;
  }
}
