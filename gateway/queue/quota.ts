import { formatBytes } from '#kit/bytes';

/** Why a job is refused; the message is for the caller. */
export class Refused extends Error {
  readonly status: 413 | 429 | 507;

  constructor(status: 413 | 429 | 507, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Limits {
  /** Unfinished jobs. */
  jobs: number;
  /** Bytes on disk of all jobs, including dead letters. */
  bytes: number;
  /** Bytes of one request or answer body. */
  body: number;
}

/** One job's disk space. */
export interface Share {
  /** Checks a body's declared size. @throws Refused */
  check(bytes: number): void;
  /** Counts bytes of the request's body before they are written. @throws Refused */
  takeRequest(bytes: number): void;
  /** Counts bytes of an answer before they are written. @throws Refused */
  takeAnswer(bytes: number): void;
  /** Releases the bytes of an answer that was not kept. */
  dropAnswer(): void;
  /** Releases everything. */
  release(): void;
}

/** Counts jobs and their bytes against the limits. */
export class Quota {
  jobs = 0;
  bytes = 0;
  private readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /**
   * Reserves space for one more job.
   * @param held bytes of a job from an earlier gateway: it is kept whatever the limits are now
   * @throws Refused
   */
  admit(held?: number): Share {
    if (held === undefined && this.jobs >= this.limits.jobs) {
      throw new Refused(429, `The queue is full (${this.limits.jobs} calls); try again in a moment.`);
    }
    this.jobs++;
    this.bytes += held ?? 0;
    let request = held ?? 0;
    let answer = 0;
    let released = false;
    const take = (bytes: number, sofar: number) => {
      this.check(bytes, sofar);
      this.bytes += bytes;
      return sofar + bytes;
    };
    return {
      check: (bytes) => this.check(bytes, 0),
      takeRequest: (bytes) => {
        request = take(bytes, request);
      },
      takeAnswer: (bytes) => {
        answer = take(bytes, answer);
      },
      dropAnswer: () => {
        this.bytes -= answer;
        answer = 0;
      },
      release: () => {
        if (released) return;
        released = true;
        this.jobs--;
        this.bytes -= request + answer;
      },
    };
  }

  private check(bytes: number, sofar: number): void {
    if (sofar + bytes > this.limits.body) {
      throw new Refused(
        413,
        `The body is larger than ${formatBytes(this.limits.body)}, the most that the queue takes.`,
      );
    }
    if (this.bytes + bytes > this.limits.bytes) {
      throw new Refused(507, `The queue has no more room (${formatBytes(this.limits.bytes)}).`);
    }
  }
}
