import { Problem } from '#contract/problems';

/** How long a request may wait for a place, in milliseconds. */
export interface Patience {
  /** While there was nobody waiting a moment ago: a burst is worked off. */
  burst: number;
  /** Once requests have waited without a break for `after`: more of them come than can be served. */
  standing: number;
  after: number;
}

export interface PlaceRules {
  /** Requests inside. */
  total: number;
  /** Most requests that wait outside. */
  waiting: number;
  patience: Patience;
}

/** The place of one request. */
export interface Place {
  /** Does not count for a while, such as during a slow upload. */
  pause(): void;
  /** Counts again, even when all places are taken by now. */
  resume(): void;
  /** Gives the place back for good. */
  leave(): void;
}

interface Waiter {
  /** By `performance.now()`. */
  until: number;
  settle: (problem?: unknown) => void;
}

const LOOK_MS = 50;

/**
 * Admits requests before anything of their bodies is read, in order of arrival. A request that waits costs a
 * connection; one that is refused costs neither its body nor any work. Under lasting overload a request waits only
 * shortly, because whoever waits long has often left when its turn comes.
 */
export class Places {
  readonly #rules: PlaceRules;
  readonly #waiting: Waiter[] = [];
  #inside = 0;
  /** Since when somebody has been waiting without a break. */
  #waitingSince = 0;
  #look: NodeJS.Timeout | undefined;

  constructor(rules: PlaceRules) {
    this.#rules = rules;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws Problem `busy` with `Retry-After` when too many wait, or for too long; the signal's reason */
  async enter(signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    if (this.#waiting.length > 0 || this.#inside >= this.#rules.total) await this.#turn(signal);
    else this.#inside += 1;
    return this.#place();
  }

  #place(): Place {
    let counted = true;
    let left = false;
    const count = (now: boolean) => {
      if (now === counted || left) return;
      counted = now;
      this.#inside += now ? 1 : -1;
      this.#admit();
    };
    const leave = () => {
      count(false);
      left = true;
    };
    return { pause: () => count(false), resume: () => count(true), leave };
  }

  /** Waits outside. The place counts as taken when this resolves. */
  #turn(signal: AbortSignal): Promise<void> {
    const { waiting, patience } = this.#rules;
    if (this.#waiting.length >= waiting) throw busy();
    const now = performance.now();
    if (this.#waiting.length === 0) this.#waitingSince = now;
    const standing = now - this.#waitingSince > patience.after;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#remove(waiter);
        waiter.settle(signal.reason);
      };
      const settle = (problem?: unknown) => {
        signal.removeEventListener('abort', leave);
        if (problem === undefined) resolve();
        else reject(problem);
      };
      const waiter = { until: now + (standing ? patience.standing : patience.burst), settle };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
      this.#look ??= setInterval(() => this.#refuseLate(), LOOK_MS);
    });
  }

  #admit(): void {
    while (this.#inside < this.#rules.total) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#inside += 1;
      next.settle();
    }
    this.#stopLooking();
  }

  #refuseLate(): void {
    const now = performance.now();
    for (const waiter of this.#waiting.filter(({ until }) => until < now)) {
      this.#remove(waiter);
      waiter.settle(busy());
    }
  }

  #remove(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#stopLooking();
  }

  #stopLooking(): void {
    if (this.#waiting.length > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }
}

function busy(): Problem {
  return new Problem('busy', 'Too many requests at once; try again in a moment.', { headers: { 'retry-after': '1' } });
}
