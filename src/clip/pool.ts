import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Problem } from '#platform/problems';
import { TIMES } from '#platform/times';
import type { Model } from './models.ts';
import type {
  Dismissal,
  Job,
  LotReply,
  LotRequest,
  Outcome,
  WorkerSettings,
  WorkFailure,
  WorkResult,
} from './protocol.ts';

export interface PoolSettings {
  /** The worker's bundle, and what each worker is started with. */
  url: URL;
  start: WorkerSettings;
  workers: number;
  /** How many jobs like this one a worker may get in one lot (1). */
  together?: (model: Model, job: Job) => number;
  /** Milliseconds after which a job is stuck for good and its worker replaced. */
  stuckAfter?: number;
}

type Data = Uint8Array | Float32Array;

/** One job on its way. */
interface Ticket {
  model: Model;
  job: Job;
  queued: number;
  /** How often a worker has died over it. */
  deaths: number;
  settled: boolean;
  resolve(result: WorkResult<Data>): void;
  reject(reason: unknown): void;
}

/** What a worker got at once. */
interface Lot {
  tickets: Ticket[];
  started: number;
  timer: NodeJS.Timeout;
}

interface Crewman {
  worker: Worker;
  lots: Map<number, Lot>;
  reason?: Error;
}

/** A worker has the next lot at hand before it is done with one, so that it never waits; more would only wait elsewhere. */
const LOTS_AT_ONCE = 2;
/** A job whose worker died is tried once more, alone. */
const MAX_DEATHS = 2;
/**
 * A request is answered at its own deadline, and a slow job goes on. One this late hangs, and its worker is ended, even
 * though one that hangs inside the engine takes the whole process with it: started afresh, that works again.
 */
const STUCK_AFTER = TIMES.work * 3;
/** Milliseconds that a worker may take to end. */
const PATIENCE = 3_000;

/**
 * Workers and the line in front of them. Workers start when there is work and are replaced when they die.
 *
 * What has queued up while all workers were busy goes out in lots, as far as `together` lets it; nothing ever waits for
 * company.
 */
export class WorkerPool<J extends Job, D extends Data> {
  /** How many workers have died, for the metrics. */
  deaths = 0;
  readonly #settings: PoolSettings;
  readonly #waiting: Ticket[] = [];
  readonly #crew = new Set<Crewman>();
  #nextId = 1;
  #closed = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get workers(): number {
    return this.#settings.workers;
  }

  /** Starts the first worker ahead of the first job: loading its libraries takes longer than anything else. */
  start(): void {
    if (this.#crew.size === 0) this.#hire();
  }

  /**
   * Has a job done. When `signal` aborts, the caller is answered with its reason at once and a waiting job is dropped;
   * a running graph cannot be stopped, its result is thrown away.
   * @throws Problem of the job itself, `timed-out` when it is stuck, `internal` when two workers died over it
   */
  run(model: Model, job: J, signal?: AbortSignal): Promise<WorkResult<D>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted || this.#closed) return reject(signal?.reason ?? new Error('the worker pool is closed'));
      const leave = () => this.#abandon(ticket, signal?.reason);
      const settle = (answer: () => void) => {
        signal?.removeEventListener('abort', leave);
        ticket.settled = true;
        answer();
      };
      const ticket: Ticket = {
        model,
        job,
        queued: performance.now(),
        deaths: 0,
        settled: false,
        resolve: (result) => settle(() => resolve(result as WorkResult<D>)),
        reject: (reason) => settle(() => reject(reason)),
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(ticket);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const crew = [...this.#crew];
    for (const ticket of [...this.#waiting.splice(0), ...crew.flatMap(ticketsOf)])
      if (!ticket.settled) ticket.reject(new Problem('busy', 'The function is shutting down; try again.'));
    await Promise.all(crew.map(({ worker }) => dismiss(worker)));
  }

  #abandon(ticket: Ticket, reason: unknown): void {
    const place = this.#waiting.indexOf(ticket);
    if (place >= 0) this.#waiting.splice(place, 1);
    ticket.reject(reason);
  }

  #dispatch(): void {
    while (!this.#closed) {
      const [first] = this.#waiting;
      const crewman = first && this.#crewmanFor(first);
      if (!crewman) return;
      this.#give(crewman, this.#waiting.splice(0, this.#company(first)));
    }
  }

  /** How many of those at the head of the line go together. A job under suspicion goes alone. */
  #company({ model, job, deaths }: Ticket): number {
    const most = deaths > 0 ? 1 : (this.#settings.together?.(model, job) ?? 1);
    const other = this.#waiting.findIndex(
      (next) => next.model !== model || next.job.kind !== job.kind || next.deaths !== deaths,
    );
    return Math.min(most, other === -1 ? this.#waiting.length : other);
  }

  /** The least busy worker with room; a new one rather than a busy one. One with a job under suspicion gets no other. */
  #crewmanFor(ticket: Ticket): Crewman | undefined {
    const [best] = [...this.#crew].sort((a, b) => a.lots.size - b.lots.size);
    const idle = best?.lots.size === 0;
    if (!idle && this.#crew.size < this.#settings.workers) return this.#hire();
    if (!best || idle) return best;
    const suspects = ticket.deaths > 0 || ticketsOf(best).some(({ deaths }) => deaths > 0);
    return best.lots.size < LOTS_AT_ONCE && !suspects ? best : undefined;
  }

  #hire(): Crewman {
    const { url, start } = this.#settings;
    const crewman: Crewman = { worker: new Worker(url, { workerData: start }), lots: new Map() };
    crewman.worker.on('message', (reply: LotReply) => this.#finish(crewman, reply));
    crewman.worker.on('error', (error) => {
      crewman.reason = error instanceof Error ? error : new Error(String(error));
    });
    crewman.worker.on('exit', () => this.#bury(crewman));
    this.#crew.add(crewman);
    return crewman;
  }

  #give(crewman: Crewman, tickets: Ticket[]): void {
    const [{ model }] = tickets as [Ticket];
    const id = this.#nextId++;
    const timer = setTimeout(() => this.#stuck(crewman, tickets), this.#settings.stuckAfter ?? STUCK_AFTER);
    crewman.lots.set(id, { tickets, started: performance.now(), timer });
    const jobs = tickets.map(({ job }) => packed(job));
    crewman.worker.postMessage({ id, model, jobs } satisfies LotRequest, jobs.flatMap(bufferOf));
  }

  #finish(crewman: Crewman, { id, outcomes }: LotReply): void {
    const lot = crewman.lots.get(id);
    if (!lot) return;
    crewman.lots.delete(id);
    clearTimeout(lot.timer);
    for (const [i, ticket] of lot.tickets.entries())
      if (!ticket.settled) settle(ticket, lot.started - ticket.queued, outcomes[i]);
    this.#dispatch();
  }

  #stuck(crewman: Crewman, tickets: Ticket[]): void {
    for (const ticket of tickets)
      if (!ticket.settled) ticket.reject(new Problem('timed-out', 'The work took too long and was stopped.'));
    crewman.worker.terminate();
  }

  /** Its jobs go back to the head of the line; the next dispatch hires a replacement. */
  #bury(crewman: Crewman): void {
    this.#crew.delete(crewman);
    if (this.#closed) return;
    this.deaths += 1;
    for (const { timer } of crewman.lots.values()) clearTimeout(timer);
    for (const ticket of ticketsOf(crewman).reverse()) {
      if (ticket.settled) continue;
      ticket.deaths += 1;
      if (ticket.deaths < MAX_DEATHS) this.#waiting.unshift(ticket);
      else ticket.reject(new Error('two workers died over one request', { cause: crewman.reason }));
    }
    this.#dispatch();
  }
}

/**
 * Lets a worker finish the graph it is in and end by itself: ended from outside, the engine would take the whole process
 * with it. One that does not finish in time is ended all the same.
 */
async function dismiss(worker: Worker): Promise<void> {
  const gone = once(worker, 'exit').catch(() => {});
  const timer = setTimeout(() => worker.terminate(), PATIENCE);
  worker.postMessage({ close: true } satisfies Dismissal);
  await gone;
  clearTimeout(timer);
}

function ticketsOf({ lots }: Crewman): Ticket[] {
  return [...lots.values()].flatMap(({ tickets }) => tickets);
}

function settle(ticket: Ticket, queue: number, outcome: Outcome | undefined): void {
  if (outcome && 'result' in outcome)
    ticket.resolve({ ...outcome.result, timings: { queue, ...outcome.result.timings } });
  else ticket.reject(asError(outcome?.failure ?? { detail: 'a worker passed a job over' }));
}

/** A picture travels as a copy of its own: the original stays for a second try, and whatever it is a part of stays here. */
function packed(job: Job): Job {
  return 'bytes' in job ? { ...job, bytes: new Uint8Array(job.bytes) } : job;
}

function bufferOf(job: Job): ArrayBuffer[] {
  return 'bytes' in job ? [job.bytes.buffer as ArrayBuffer] : [];
}

function asError({ code, detail, headers, stack }: WorkFailure): Error {
  const error = code ? new Problem(code, detail, { headers: headers ?? {} }) : new Error(detail);
  if (stack) error.cause = stack;
  return error;
}
