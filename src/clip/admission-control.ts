import { Problem } from '#contract/problems';

export interface AdmissionRules {
  /** Requests at once. */
  requests: number;
  /** Bytes of pictures at once. */
  bytes: number;
  /** Milliseconds that one request may take. */
  deadline: number;
}

/** Lets in as many requests as can be answered in time, and gives each its deadline. */
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
   * Runs work with a signal that aborts when the caller leaves, when time is up, and when the work is over, so that
   * nothing it started goes on.
   * @throws Problem `busy` with `Retry-After` when there is no room, `timed-out` when time is up
   */
  async run<T>(bytes: number, outer: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    outer?.throwIfAborted();
    // A single large picture is let in when nothing else is inside.
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
