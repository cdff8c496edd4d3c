import { Problem } from '#contract/problems';

export interface AdmissionRules {
  /** Requests in progress. */
  requests: number;
  /** Bytes of pictures in progress. */
  bytes: number;
  /** Time limit of one request, in milliseconds. */
  deadline: number;
}

/** Limits how many requests are in progress, and sets each one's deadline. */
export class AdmissionControl {
  refused = 0;
  #requests = 0;
  #bytes = 0;
  readonly #rules: AdmissionRules;

  constructor(rules: AdmissionRules) {
    this.#rules = rules;
  }

  get inside(): number {
    return this.#requests;
  }

  /**
   * Runs `work`. Its signal aborts when the caller leaves, when the deadline passes and when `work` settles, so that
   * nothing it started keeps running.
   * @throws Problem `busy` with `Retry-After` when the limit is reached, `timed-out` when the deadline passes
   */
  async run<T>(bytes: number, outer: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    outer?.throwIfAborted();
    // A picture larger than the byte limit is admitted when nothing else is in progress.
    const full =
      this.#requests >= this.#rules.requests || (this.#requests > 0 && this.#bytes + bytes > this.#rules.bytes);
    if (full) {
      this.refused += 1;
      throw new Problem('busy', 'Too many pictures at once; try again in a moment.', {
        headers: { 'retry-after': '1' },
      });
    }
    const inner = new AbortController();
    const leave = () => inner.abort(outer?.reason);
    const timer = setTimeout(() => inner.abort(timedOut()), this.#rules.deadline);
    outer?.addEventListener('abort', leave, { once: true });
    this.#requests += 1;
    this.#bytes += bytes;
    try {
      return await work(inner.signal);
    } finally {
      this.#requests -= 1;
      this.#bytes -= bytes;
      clearTimeout(timer);
      outer?.removeEventListener('abort', leave);
      inner.abort();
    }
  }
}

function timedOut(): Problem {
  return new Problem(
    'timed-out',
    'The work took too long and was stopped. Labels worked out so far are kept: trying again takes less time.',
  );
}
