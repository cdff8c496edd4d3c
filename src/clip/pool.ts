import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Problem } from '#platform/problems';
import { TIMES } from '#platform/times';
import type { Model } from './models.ts';
import type { Dismissal, Job, WorkerSettings, WorkFailure, WorkReply, WorkRequest, WorkResult } from './protocol.ts';

export interface PoolSettings extends WorkerSettings {
  /** The worker's bundle. */
  url: URL;
  workers: number;
  /** Milliseconds after which a job is stuck for good and its worker replaced. */
  stuckAfter?: number;
}

/** One job on its way. */
interface Ticket {
  request: WorkRequest;
  queued: number;
  /** How often a worker has died over it. */
  deaths: number;
  started: number;
  timer?: NodeJS.Timeout;
  settled: boolean;
  resolve(result: WorkResult): void;
  reject(reason: unknown): void;
}

interface Crewman {
  worker: Worker;
  tickets: Map<number, Ticket>;
  reason?: Error;
}

/** A worker takes a second job while it runs a graph, so that decoding overlaps; more would only wait elsewhere. */
const JOBS_AT_ONCE = 2;
/** A job whose worker died is tried once more, alone. */
const MAX_DEATHS = 2;
/**
 * A request is answered at its own deadline, and a slow job goes on. One this late hangs, and its worker is ended, even
 * though one that hangs inside the engine takes the whole process with it: started afresh, that works again.
 */
const STUCK_AFTER = TIMES.work * 3;
/** Milliseconds that a worker may take to end. */
const PATIENCE = 3_000;

/** Inference workers and the line in front of them. Workers start when there is work and are replaced when they die. */
export class WorkerPool {
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
  run(model: Model, job: Job, signal?: AbortSignal): Promise<WorkResult> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted || this.#closed) return reject(signal?.reason ?? new Error('the worker pool is closed'));
      const leave = () => this.#abandon(ticket, signal?.reason);
      const settle = (answer: () => void) => {
        signal?.removeEventListener('abort', leave);
        ticket.settled = true;
        answer();
      };
      const ticket: Ticket = {
        request: { id: this.#nextId++, model, job },
        queued: performance.now(),
        deaths: 0,
        started: 0,
        settled: false,
        resolve: (result) => settle(() => resolve(result)),
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
    for (const ticket of [...this.#waiting.splice(0), ...crew.flatMap(({ tickets }) => [...tickets.values()])])
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
      const [ticket] = this.#waiting;
      const crewman = ticket && this.#crewmanFor(ticket);
      if (!crewman) return;
      this.#waiting.shift();
      this.#give(crewman, ticket);
    }
  }

  /** The least busy worker with room; a new one rather than a busy one. A job under suspicion runs alone. */
  #crewmanFor(ticket: Ticket): Crewman | undefined {
    const [best] = [...this.#crew].sort((a, b) => a.tickets.size - b.tickets.size);
    const idle = best?.tickets.size === 0;
    if (!idle && this.#crew.size < this.#settings.workers) return this.#hire();
    if (!best || idle) return best;
    const suspects = ticket.deaths > 0 || [...best.tickets.values()].some(({ deaths }) => deaths > 0);
    return best.tickets.size < JOBS_AT_ONCE && !suspects ? best : undefined;
  }

  #hire(): Crewman {
    const { url, threads } = this.#settings;
    const crewman: Crewman = { worker: new Worker(url, { workerData: { threads } }), tickets: new Map() };
    crewman.worker.on('message', (reply: WorkReply) => this.#finish(crewman, reply));
    crewman.worker.on('error', (error) => {
      crewman.reason = error instanceof Error ? error : new Error(String(error));
    });
    crewman.worker.on('exit', () => this.#bury(crewman));
    this.#crew.add(crewman);
    return crewman;
  }

  #give(crewman: Crewman, ticket: Ticket): void {
    ticket.started = performance.now();
    ticket.timer = setTimeout(() => this.#stuck(crewman, ticket), this.#settings.stuckAfter ?? STUCK_AFTER);
    crewman.tickets.set(ticket.request.id, ticket);
    crewman.worker.postMessage(...packed(ticket.request));
  }

  #finish(crewman: Crewman, reply: WorkReply): void {
    const ticket = crewman.tickets.get(reply.id);
    if (!ticket) return;
    crewman.tickets.delete(reply.id);
    clearTimeout(ticket.timer);
    if (!ticket.settled) {
      if ('failure' in reply) ticket.reject(asError(reply.failure));
      else
        ticket.resolve({
          ...reply.result,
          timings: { queue: ticket.started - ticket.queued, ...reply.result.timings },
        });
    }
    this.#dispatch();
  }

  #stuck(crewman: Crewman, ticket: Ticket): void {
    if (!ticket.settled) ticket.reject(new Problem('timed-out', 'The work took too long and was stopped.'));
    crewman.worker.terminate();
  }

  /** Its jobs go back to the head of the line; the next dispatch hires a replacement. */
  #bury(crewman: Crewman): void {
    this.#crew.delete(crewman);
    if (this.#closed) return;
    this.deaths += 1;
    for (const ticket of [...crewman.tickets.values()].reverse()) {
      clearTimeout(ticket.timer);
      if (ticket.settled) continue;
      ticket.deaths += 1;
      if (ticket.deaths < MAX_DEATHS) this.#waiting.unshift(ticket);
      else ticket.reject(new Error('two inference workers died over one request', { cause: crewman.reason }));
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

/** A picture travels as a copy of its own: the original stays for a second try, and whatever it is a part of stays here. */
function packed(request: WorkRequest): [WorkRequest, ArrayBuffer[]] {
  if (request.job.kind !== 'image') return [request, []];
  const bytes = new Uint8Array(request.job.bytes);
  return [{ ...request, job: { ...request.job, bytes } }, [bytes.buffer]];
}

function asError({ code, detail, headers, stack }: WorkFailure): Error {
  const error = code ? new Problem(code, detail, { headers: headers ?? {} }) : new Error(detail);
  if (stack) error.cause = stack;
  return error;
}
