/** A schedulable task of a function. */
interface Task {
  name: string;
}

/** What to do with a task after a run. A task aborted by the scheduler's stop is unchanged. */
export type TaskOutcome = { next: 'done' } | { next: 'again'; afterMs: number } | { next: 'stopped' };

export const DONE: TaskOutcome = { next: 'done' };
export const STOPPED: TaskOutcome = { next: 'stopped' };

export interface SchedulerOptions<T extends Task> {
  /** Concurrent tasks of all functions. */
  concurrency: number;
  /** Concurrent tasks of one function. */
  limitOf: (name: string) => number;
  /** The sender of a task: senders of one function take turns. */
  senderOf?: (task: T) => string;
  /** Runs a task. Must not throw. */
  run: (task: T, signal: AbortSignal) => Promise<TaskOutcome>;
}

interface Lane<T> {
  /** By sender; the one whose turn is next comes first. */
  waiting: Map<string, T[]>;
  running: number;
}

/**
 * Runs tasks with limited concurrency. Functions take turns, so that a slow one does not delay others, and so do the
 * senders of each function.
 */
export class Scheduler<T extends Task> {
  private readonly options: SchedulerOptions<T>;
  private readonly lanes = new Map<string, Lane<T>>();
  private readonly resting = new Set<NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private paused = true;

  constructor(options: SchedulerOptions<T>) {
    this.options = options;
  }

  /** @param wait milliseconds before it is due */
  add(task: T, wait = 0): void {
    if (wait > 0) {
      this.rest(task, wait);
      return;
    }
    const lane = this.lanes.get(task.name) ?? { waiting: new Map<string, T[]>(), running: 0 };
    this.lanes.set(task.name, lane);
    const sender = this.options.senderOf?.(task) ?? '';
    const before = lane.waiting.get(sender);
    if (before) before.push(task);
    else lane.waiting.set(sender, [task]);
    this.fill();
  }

  start(): void {
    this.paused = false;
    this.fill();
  }

  /** Starts no more tasks. */
  pause(): void {
    this.paused = true;
    for (const timer of this.resting) clearTimeout(timer);
    this.resting.clear();
  }

  /** Starts no more tasks, aborts running ones and waits for them to end. */
  async stop(): Promise<void> {
    this.pause();
    this.stopping.abort();
    await Promise.all(this.running);
  }

  private fill(): void {
    while (!this.paused && this.running.size < this.options.concurrency) {
      const next = [...this.lanes].find(
        ([name, { waiting, running }]) => waiting.size > 0 && running < this.options.limitOf(name),
      );
      if (!next) return;
      const [name, lane] = next;
      // To the end of the queue.
      this.lanes.delete(name);
      this.lanes.set(name, lane);
      const task = takeNext(lane.waiting);
      if (task) this.begin(task, lane);
    }
  }

  private begin(task: T, lane: Lane<T>): void {
    lane.running++;
    const run = this.options.run(task, this.stopping.signal).then((outcome) => {
      lane.running--;
      this.running.delete(run);
      if (outcome.next === 'again' && !this.paused) this.rest(task, outcome.afterMs);
      else if (lane.running === 0 && lane.waiting.size === 0) this.lanes.delete(task.name);
      this.fill();
    });
    this.running.add(run);
  }

  private rest(task: T, wait: number): void {
    const timer = setTimeout(() => {
      this.resting.delete(timer);
      this.add(task);
    }, wait);
    timer.unref();
    this.resting.add(timer);
  }
}

/** The oldest task of the sender whose turn it is; the sender goes to the end of the queue. */
function takeNext<T>(waiting: Map<string, T[]>): T | undefined {
  const [next] = waiting;
  if (!next) return undefined;
  const [sender, tasks] = next;
  waiting.delete(sender);
  const task = tasks.shift();
  if (tasks.length > 0) waiting.set(sender, tasks);
  return task;
}
