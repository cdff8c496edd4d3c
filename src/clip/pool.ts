import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import type { Model } from './models.ts';
import type {
  BatchReply,
  BatchRequest,
  CloseRequest,
  Job,
  Outcome,
  WorkerSettings,
  WorkFailure,
  WorkResult,
} from './protocol.ts';

export interface PoolSettings {
  /** The bundle that workers run, and their settings. */
  url: URL;
  start: WorkerSettings;
  workers: number;
  /** Most jobs like this one in a batch (1). */
  batchSize?: (model: Model, job: Job) => number;
  /** Milliseconds after which a job counts as stuck and its worker is replaced. */
  stuckAfter?: number;
}

type Data = Uint8Array | Float32Array;

/** A job and its caller. */
interface Task {
  model: Model;
  job: Job;
  queued: number;
  /** How many workers have died while running it. */
  deaths: number;
  settled: boolean;
  resolve(result: WorkResult<Data>): void;
  reject(reason: unknown): void;
}

/** Tasks that were sent to a worker together. */
interface Batch {
  tasks: Task[];
  started: number;
  timer: NodeJS.Timeout;
}

interface PoolWorker {
  worker: Worker;
  batches: Map<number, Batch>;
  reason?: Error;
}

/** Batches per worker: one runs, and the next waits in the worker, so that it never idles. */
const BATCHES_AT_ONCE = 2;
/** A job whose worker died is retried once, in a batch of its own. */
const MAX_DEATHS = 2;
/**
 * A request is answered at its own deadline while a slow job continues. A job this late is stuck, and its worker is
 * terminated. That may end the whole process if the worker is stuck inside the engine; the restarted process works
 * again.
 */
const STUCK_AFTER = TIMES.work * 3;
/** Milliseconds that a worker gets to exit. */
const CLOSE_TIMEOUT = 3_000;

/**
 * Worker threads with a shared queue. Workers start on demand and are replaced when they die.
 *
 * Jobs that queue up while all workers are busy are sent in batches of up to `batchSize`. A job never waits to fill a
 * batch.
 */
export class WorkerPool<J extends Job, D extends Data> {
  /** How many workers have died, for metrics. */
  deaths = 0;
  readonly #settings: PoolSettings;
  readonly #waiting: Task[] = [];
  readonly #workers = new Set<PoolWorker>();
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

  /** Starts the first worker before the first job, since loading its libraries takes longer than anything else. */
  start(): void {
    if (this.#workers.size === 0) this.#spawn();
  }

  /**
   * Runs a job. When `signal` aborts, the call rejects at once and a waiting job is dropped. A running graph cannot be
   * stopped; its result is discarded.
   * @throws Problem of the job, `timed-out` when it is stuck, `internal` when two workers died running it
   */
  run(model: Model, job: J, signal?: AbortSignal): Promise<WorkResult<D>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted || this.#closed) return reject(signal?.reason ?? new Error('the worker pool is closed'));
      const leave = () => this.#cancel(task, signal?.reason);
      const settle = (answer: () => void) => {
        signal?.removeEventListener('abort', leave);
        task.settled = true;
        answer();
      };
      const task: Task = {
        model,
        job,
        queued: performance.now(),
        deaths: 0,
        settled: false,
        resolve: (result) => settle(() => resolve(result as WorkResult<D>)),
        reject: (reason) => settle(() => reject(reason)),
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(task);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#workers];
    for (const task of [...this.#waiting.splice(0), ...workers.flatMap(tasksOf)])
      if (!task.settled) task.reject(new Problem('busy', 'The function is shutting down; try again.'));
    await Promise.all(workers.map(({ worker }) => shutDown(worker)));
  }

  #cancel(task: Task, reason: unknown): void {
    const place = this.#waiting.indexOf(task);
    if (place >= 0) this.#waiting.splice(place, 1);
    task.reject(reason);
  }

  #dispatch(): void {
    while (!this.#closed) {
      const [first] = this.#waiting;
      const poolWorker = first && this.#workerFor(first);
      if (!poolWorker) return;
      this.#assign(poolWorker, this.#waiting.splice(0, this.#batchLength(first)));
    }
  }

  /** How many tasks at the head of the queue form the next batch. A task whose worker died runs alone. */
  #batchLength({ model, job, deaths }: Task): number {
    const most = deaths > 0 ? 1 : (this.#settings.batchSize?.(model, job) ?? 1);
    const other = this.#waiting.findIndex(
      (next) => next.model !== model || next.job.kind !== job.kind || next.deaths !== deaths,
    );
    return Math.min(most, other === -1 ? this.#waiting.length : other);
  }

  /**
   * The least busy worker that can take a batch; a new worker is preferred to a busy one. A worker that runs a task
   * whose previous worker died gets no other.
   */
  #workerFor(task: Task): PoolWorker | undefined {
    const [best] = [...this.#workers].sort((a, b) => a.batches.size - b.batches.size);
    const idle = best?.batches.size === 0;
    if (!idle && this.#workers.size < this.#settings.workers) return this.#spawn();
    if (!best || idle) return best;
    const suspects = task.deaths > 0 || tasksOf(best).some(({ deaths }) => deaths > 0);
    return best.batches.size < BATCHES_AT_ONCE && !suspects ? best : undefined;
  }

  #spawn(): PoolWorker {
    const { url, start } = this.#settings;
    const poolWorker: PoolWorker = { worker: new Worker(url, { workerData: start }), batches: new Map() };
    poolWorker.worker.on('message', (reply: BatchReply) => this.#finish(poolWorker, reply));
    poolWorker.worker.on('error', (error) => {
      poolWorker.reason = error instanceof Error ? error : new Error(String(error));
    });
    poolWorker.worker.on('exit', () => this.#onExit(poolWorker));
    this.#workers.add(poolWorker);
    return poolWorker;
  }

  #assign(poolWorker: PoolWorker, tasks: Task[]): void {
    const [{ model }] = tasks as [Task];
    const id = this.#nextId++;
    const timer = setTimeout(() => this.#stuck(poolWorker, tasks), this.#settings.stuckAfter ?? STUCK_AFTER);
    poolWorker.batches.set(id, { tasks, started: performance.now(), timer });
    const jobs = tasks.map(({ job }) => packed(job));
    poolWorker.worker.postMessage({ id, model, jobs } satisfies BatchRequest, jobs.flatMap(bufferOf));
  }

  #finish(poolWorker: PoolWorker, { id, outcomes }: BatchReply): void {
    const batch = poolWorker.batches.get(id);
    if (!batch) return;
    poolWorker.batches.delete(id);
    clearTimeout(batch.timer);
    for (const [i, task] of batch.tasks.entries())
      if (!task.settled) settle(task, batch.started - task.queued, outcomes[i]);
    this.#dispatch();
  }

  #stuck(poolWorker: PoolWorker, tasks: Task[]): void {
    for (const task of tasks)
      if (!task.settled) task.reject(new Problem('timed-out', 'The work took too long and was stopped.'));
    poolWorker.worker.terminate();
  }

  /** Puts its jobs back at the head of the queue; the next dispatch starts a replacement. */
  #onExit(poolWorker: PoolWorker): void {
    this.#workers.delete(poolWorker);
    if (this.#closed) return;
    this.deaths += 1;
    for (const { timer } of poolWorker.batches.values()) clearTimeout(timer);
    for (const task of tasksOf(poolWorker).reverse()) {
      if (task.settled) continue;
      task.deaths += 1;
      if (task.deaths < MAX_DEATHS) this.#waiting.unshift(task);
      else task.reject(new Error('two workers died over one request', { cause: poolWorker.reason }));
    }
    this.#dispatch();
  }
}

/**
 * Asks a worker to finish its graph and exit. Terminating it inside the engine could end the whole process, so that is
 * only done after `CLOSE_TIMEOUT`.
 */
async function shutDown(worker: Worker): Promise<void> {
  const gone = once(worker, 'exit').catch(() => {});
  const timer = setTimeout(() => worker.terminate(), CLOSE_TIMEOUT);
  worker.postMessage({ close: true } satisfies CloseRequest);
  await gone;
  clearTimeout(timer);
}

function tasksOf({ batches }: PoolWorker): Task[] {
  return [...batches.values()].flatMap(({ tasks }) => tasks);
}

function settle(task: Task, queue: number, outcome: Outcome | undefined): void {
  if (outcome && 'result' in outcome)
    task.resolve({ ...outcome.result, timings: { queue, ...outcome.result.timings } });
  else task.reject(asError(outcome?.failure ?? { detail: 'a worker passed a job over' }));
}

/**
 * Copies a picture before it is transferred: the original is needed for a retry, and may be part of a larger buffer.
 */
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
