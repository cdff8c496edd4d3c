import { mkdir } from 'node:fs/promises';
import type { Log } from '../log.ts';
import { Dispatcher } from './dispatcher.ts';
import { claimFolder } from './folder-lock.ts';
import type { Job } from './job.ts';
import { JobFiles, type StoredJob } from './job-files.ts';
import { type Limits, Quota, type Share } from './quota.ts';
import { afterInterruption, DEFAULT_RETRY, MAX_RETRY_AFTER_MS, type RetryPolicy } from './retry.ts';
import { Scheduler } from './scheduler.ts';

export interface QueueOptions {
  folder: string;
  limits: Limits;
  /** Concurrent deliveries. */
  concurrency: number;
  gatewayUrl: () => string;
  policyOf: (name: string) => RetryPolicy | undefined;
  /** Concurrent deliveries that a function can use. */
  limitOf: (name: string) => number;
  /** Time limit of a call, ms. */
  callTimeout: number;
  log: Log;
  /** Whether an answer may be posted to an address. */
  allowAddress: (address: string) => boolean;
}

/** Concurrent answers per receiver. */
const CALLBACKS_AT_ONE_HOST = 4;

/** Number of dead letters kept, the newest. */
const MAX_DEAD = 1000;

/**
 * Asynchronous calls: accepted once they are on disk, delivered at least once, retried if that may help, and otherwise
 * kept as dead letters.
 */
export class AsyncQueue {
  private readonly options: QueueOptions;
  private readonly files: JobFiles;
  private readonly quota: Quota;
  private readonly shares = new Map<string, Share>();
  private readonly scheduler: Scheduler<StoredJob>;
  /** Deliveries of answers, scheduled per receiver: unresponsive receivers do not delay other calls. */
  private readonly callbacks: Scheduler<{ name: string; job: StoredJob }>;
  private dead: { id: string; bytes: number }[] = [];
  private stopping = false;
  private unclaim: () => Promise<void> = async () => {};

  private constructor(options: QueueOptions) {
    this.options = options;
    this.files = new JobFiles(options.folder);
    this.quota = new Quota(options.limits);
    const shareOf = (job: StoredJob) => this.shareOf(job);
    const dispatcher = new Dispatcher({ ...options, files: this.files, shareOf, isStopping: () => this.stopping });
    this.scheduler = new Scheduler({
      concurrency: options.concurrency,
      limitOf: options.limitOf,
      // The callback's address identifies the client.
      senderOf: ({ receiver = '' }) => receiver,
      run: async (job, signal) => {
        const outcome = await dispatcher.run(job, signal);
        if (outcome.next === 'done') await this.called(job);
        return outcome;
      },
    });
    this.callbacks = new Scheduler({
      concurrency: options.concurrency,
      limitOf: () => CALLBACKS_AT_ONE_HOST,
      run: async ({ job }, signal) => {
        const outcome = await dispatcher.tell(job, signal);
        if (outcome.next === 'done') await this.over(job);
        return outcome;
      },
    });
  }

  /**
   * Opens a queue with the jobs of an earlier gateway. Nothing is delivered before `start`.
   * @returns undefined if another gateway has the folder
   */
  static async open(options: QueueOptions): Promise<AsyncQueue | undefined> {
    const queue = new AsyncQueue(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const unclaim = await claimFolder(options.folder);
    if (!unclaim) return undefined;
    queue.unclaim = unclaim;
    await queue.load();
    return queue;
  }

  get pending(): number {
    return this.quota.jobs;
  }

  get deadLetters(): number {
    return this.dead.length;
  }

  start(): void {
    this.scheduler.start();
    this.callbacks.start();
  }

  /** Starts no more deliveries; jobs are still accepted. */
  pause(): void {
    this.stopping = true;
    this.scheduler.pause();
    this.callbacks.pause();
  }

  /** Stops deliveries and releases the folder; the next gateway delivers the rest. */
  async stop(): Promise<void> {
    await Promise.all([this.scheduler.stop(), this.callbacks.stop()]);
    await this.files.close();
    await this.unclaim();
  }

  /** Reserves space for a job. @throws Refused */
  admit(): Share {
    return this.quota.admit();
  }

  /** Accepts a job. Resolves once it is on disk; from then on it is not lost. @throws Refused, Error */
  async accept(job: Job, body: AsyncIterable<Buffer>, share: Share): Promise<void> {
    try {
      const stored = await this.files.receive(job, body, (bytes) => share.takeRequest(bytes));
      this.shares.set(stored.id, share);
      this.scheduler.add(stored);
    } catch (error) {
      share.release();
      throw error;
    }
  }

  private async load(): Promise<void> {
    const { log } = this.options;
    const { jobs, unreadable } = await this.files.open();
    this.dead = await this.files.dead();
    for (const job of jobs) {
      this.shares.set(job.id, this.quota.admit(job.size));
      if (job.running) await this.interrupted(job);
      if (job.answered) this.toldNext(job, this.restOf(job));
      else this.scheduler.add(job, this.restOf(job));
    }
    if (jobs.length > 0) log.info(`${jobs.length} queued calls of the last time are taken up again`);
    if (unreadable.length > 0) log.error(`${unreadable.length} queued calls cannot be read; they are in queue/dead`);
  }

  /** A job that was being delivered when the last gateway was killed. */
  private async interrupted(job: StoredJob): Promise<void> {
    // Once it was answered, the delivery had ended.
    const interruptions = job.interruptions + (job.answered ? 0 : 1);
    const wait = job.answered ? 0 : afterInterruption(interruptions, this.policyOf(job));
    await this.files.update(job, { running: false, interruptions, nextAt: wait === 0 ? 0 : Date.now() + wait });
  }

  /**
   * The rest of a job's pause, ms. More than any policy's pause means that the clock has been set back since.
   */
  private restOf(job: StoredJob): number {
    const longest = Math.max(this.policyOf(job).maxWait, MAX_RETRY_AFTER_MS);
    return Math.min(longest, Math.max(0, job.nextAt - Date.now()));
  }

  private policyOf({ name }: StoredJob): RetryPolicy {
    return this.options.policyOf(name) ?? DEFAULT_RETRY;
  }

  private shareOf(job: StoredJob): Share {
    const share = this.shares.get(job.id) ?? this.quota.admit(job.size);
    this.shares.set(job.id, share);
    return share;
  }

  /** The function has finished a job: delivers its answer, or ends the job. */
  private async called(job: StoredJob): Promise<void> {
    if (job.answered) this.toldNext(job);
    else await this.over(job);
  }

  private toldNext(job: StoredJob, wait = 0): void {
    this.callbacks.add({ name: job.receiver ?? '', job }, wait);
  }

  private async over(job: StoredJob): Promise<void> {
    const share = this.shares.get(job.id);
    this.shares.delete(job.id);
    share?.release();
    const buried = await this.files.deadSize(job.id);
    if (buried !== undefined) await this.keepDead(job.id, buried);
  }

  /** Limits the number of dead letters and their disk space. */
  private async keepDead(id: string, bytes: number): Promise<void> {
    this.dead.push({ id, bytes });
    let held = this.dead.reduce((sum, letter) => sum + letter.bytes, 0);
    while (this.dead.length > MAX_DEAD || (held > this.options.limits.bytes && this.dead.length > 1)) {
      const oldest = this.dead.shift();
      if (!oldest) return;
      held -= oldest.bytes;
      this.options.log.warn(`the oldest queued call that was given up is removed (${oldest.id}): there are too many`);
      await this.files.removeDead(oldest.id);
    }
  }
}
