import { setTimeout as pause } from 'node:timers/promises';
import { formatDuration } from '#kit/duration';
import type { Log } from '../log.ts';
import { Autoscale, LOOK_MS } from './autoscale.ts';
import { Backoff } from './backoff.ts';
import { Idleness } from './idleness.ts';
import { watchMemory } from './memory.ts';
import type { Replica } from './replica.ts';
import type { FunctionSettings } from './settings.ts';
import { Busy, type Lease, Unavailable, type Upstream } from './upstream.ts';
import { Waiters } from './waiters.ts';

export interface PoolOptions {
  name: string;
  settings: FunctionSettings;
  /** The most processes that load alone may start. */
  ceiling: number;
  /** Processes are removed after this long with less load, ms. */
  scaleInAfter: number;
  /** Starts one process. */
  launch: () => Replica;
  log: Log;
}

const FINISH_LOOK_MS = 50;
/** Requests in one process above which it may refuse some. `Expect: 100-continue` costs a round trip. */
const CROWDED = 32;
/** Consecutive calls without an answer after which a process counts as stuck. */
const STUCK_AFTER = 3;
/** When a process exits, its connections break a moment before the exit is reported. */
const END_SEEN_MS = 250;

/**
 * A function's processes on this machine. The first request starts them and waits; requests that arrive meanwhile wait
 * for the same start. Sustained load starts more. Idle ones stop; busy ones stop only after their last answer. A
 * crashed one is replaced after increasing pauses.
 */
export class ReplicaPool implements Upstream {
  private readonly options: PoolOptions;
  private readonly replicas = new Set<Replica>();
  /** Processes that are not ready yet. */
  private readonly starting = new Set<Replica>();
  /** Processes whose connection just failed; resolves once it is known whether they have exited. */
  private readonly unreachable = new Map<Replica, Promise<void>>();
  private readonly waiters = new Waiters();
  private readonly backoff = new Backoff();
  private readonly autoscale: Autoscale;
  private desired = 0;
  /** Set by the settings or an operator; lower load never goes below it. */
  private minReplicas: number;
  /** Requests refused since the last measurement because all processes were at their limit. */
  private refused = 0;
  private readonly idleness: Idleness;
  private restartTimer: NodeJS.Timeout | undefined;
  private lookTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: PoolOptions) {
    this.options = options;
    this.minReplicas = options.settings.minReplicas;
    this.autoscale = new Autoscale(options.settings.targetInflight, options.scaleInAfter);
    const busy = () => this.load() > 0;
    this.idleness = new Idleness(options.settings.idleAfter, { busy, onIdle: () => this.stopIdle() });
  }

  take(): Lease | undefined {
    const replica = this.leastBusy();
    return replica && this.lease(replica);
  }

  async acquire(signal: AbortSignal): Promise<Lease> {
    for (;;) {
      signal.throwIfAborted();
      const lease = this.take();
      if (lease) return lease;
      const [unreachable] = this.unreachable.values();
      await (unreachable ?? this.nextReady(signal));
    }
  }

  count(): { replicas: number; available: number } {
    return { replicas: this.desired, available: this.serving().length };
  }

  scale(replicas: number): number {
    const { minReplicas, maxReplicas } = this.options.settings;
    const wanted = Math.min(replicas, maxReplicas);
    this.minReplicas = wanted > 0 ? wanted : minReplicas;
    this.autoscale.forget();
    return this.want(wanted);
  }

  async finish(): Promise<void> {
    while (!this.closed && this.load() > 0) await pause(FINISH_LOOK_MS);
    await this.stop();
  }

  private want(replicas: number): number {
    this.desired = this.closed ? 0 : replicas;
    const keep = [...this.replicas].filter((replica) => !replica.retiring && replica.state !== 'stopping');
    // Keeps ready processes first, and the busiest among them.
    keep.sort((a, b) => Number(b.state === 'ready') - Number(a.state === 'ready') || b.inflight - a.inflight);
    for (const replica of keep.slice(this.desired)) this.retire(replica);
    this.reconcile();
    if (this.desired === 0) this.waiters.fail(this.unavailable('was scaled to zero'));
    return this.desired;
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.desired = 0;
    this.idleness.stop();
    clearTimeout(this.restartTimer);
    clearInterval(this.lookTimer);
    this.waiters.fail(this.unavailable('is being stopped'));
    await Promise.all([...this.replicas].map((replica) => replica.stop()));
  }

  kill(): void {
    for (const replica of this.replicas) replica.kill();
  }

  private serving(): Replica[] {
    return [...this.replicas].filter((replica) => replica.state === 'ready' && !replica.retiring);
  }

  private leastBusy(): Replica | undefined {
    const [first, ...more] = this.serving().filter((replica) => !this.unreachable.has(replica));
    return more.reduce((a, b) => (a && a.inflight <= b.inflight ? a : b), first);
  }

  private lease(replica: Replica): Lease {
    const { maxInflight } = this.options.settings;
    if (maxInflight > 0 && replica.inflight >= maxInflight) {
      this.refused++;
      throw new Busy(maxInflight);
    }
    replica.inflight++;
    this.idleness.used();
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      replica.inflight--;
      this.idleness.used();
      if (replica.retiring && replica.inflight === 0) void replica.stop();
    };
    const { port, agent, inflight } = replica;
    const answered = () => {
      replica.unanswered = 0;
    };
    const [timedOut, lost] = [() => this.suspect(replica), () => this.markUnreachable(replica)];
    return { host: '127.0.0.1', port, agent, crowded: inflight > CROWDED, release, answered, timedOut, lost };
  }

  /** A process that lives but no longer answers: stopped, or in an endless loop. */
  private suspect(replica: Replica): void {
    replica.unanswered++;
    if (replica.unanswered >= STUCK_AFTER) this.replace(replica, `let ${replica.unanswered} calls in a row time out`);
  }

  /** Sends a process no more requests, stops it after its last answer, and starts another. */
  private replace(replica: Replica, reason: string): void {
    if (replica.retiring || this.closed) return;
    this.options.log.error(`${this.options.name} ${reason} and is replaced`);
    this.backoff.crashed(replica.uptime);
    this.retire(replica);
    this.reconcile();
  }

  private markUnreachable(replica: Replica): Promise<void> {
    const known =
      this.unreachable.get(replica) ??
      Promise.race([replica.gone.then(() => {}), pause(END_SEEN_MS)]).finally(() => this.unreachable.delete(replica));
    this.unreachable.set(replica, known);
    return known;
  }

  private nextReady(signal: AbortSignal): Promise<void> {
    if (this.closed) throw this.unavailable('is being stopped');
    const idle = this.starting.size === 0;
    if (idle && this.backoff.remaining > 0) {
      throw this.unavailable('has failed and is left alone for a moment', this.backoff.remaining);
    }
    const ready = this.waiters.wait(signal);
    if (idle) {
      this.desired = Math.max(this.desired, this.options.settings.minReplicas);
      this.reconcile();
    }
    return ready;
  }

  /** Starts missing processes; during a pause, once it is over. */
  private reconcile(): void {
    if (this.closed) return;
    const alive = this.starting.size + this.serving().length;
    if (alive >= this.desired) return;
    const left = this.backoff.remaining;
    if (left > 0) {
      clearTimeout(this.restartTimer);
      this.restartTimer = setTimeout(() => this.reconcile(), left);
      this.restartTimer.unref();
      return;
    }
    for (let missing = this.desired - alive; missing > 0 && this.backoff.remaining === 0; missing--) this.launch();
  }

  private launch(): void {
    const since = performance.now();
    let replica: Replica;
    try {
      replica = this.options.launch();
    } catch (error) {
      this.startFailed(error);
      return;
    }
    this.replicas.add(replica);
    this.starting.add(replica);
    replica.ready.then(
      () => this.started(replica, performance.now() - since),
      (failure: unknown) => this.starting.delete(replica) && this.startFailed(failure),
    );
    void replica.gone.then((reason) => this.ended(replica, reason));
  }

  private started(replica: Replica, durationMs: number): void {
    const { log, name } = this.options;
    if (!this.starting.delete(replica)) return;
    log.info(`${name} started in ${formatDuration(durationMs)}`);
    const { memoryLimit } = this.options.settings;
    if (memoryLimit !== undefined) watchMemory(replica, memoryLimit, (reason) => this.replace(replica, reason));
    this.idleness.watch();
    this.watchLoad();
    this.waiters.wake();
  }

  private startFailed(failure: unknown): void {
    const { log, name } = this.options;
    if (this.closed) return;
    this.backoff.startFailed();
    log.error(`${name} ${failure instanceof Error ? failure.message : String(failure)}`);
    // No retry without a request: the next one does that.
    this.desired = this.serving().length;
    if (this.starting.size === 0) this.waiters.fail(this.unavailable('could not be started', this.backoff.remaining));
  }

  private ended(replica: Replica, reason: string): void {
    this.replicas.delete(replica);
    const crashed = replica.uptime > 0 && !replica.retiring && !this.closed;
    if (!crashed) return;
    this.options.log.error(`${this.options.name} ${reason}`);
    this.backoff.crashed(replica.uptime);
    this.reconcile();
  }

  private retire(replica: Replica): void {
    replica.retiring = true;
    this.starting.delete(replica);
    if (replica.inflight === 0) void replica.stop();
  }

  private stopIdle(): void {
    const { log, name, settings } = this.options;
    log.info(`${name} stops after ${formatDuration(settings.idleAfter ?? 0)} without a request`);
    this.scale(0);
  }

  /** Requests in flight and waiting. */
  private load(): number {
    return [...this.replicas].reduce((sum, { inflight }) => sum + inflight, this.waiters.size);
  }

  private watchLoad(): void {
    clearInterval(this.lookTimer);
    this.lookTimer = setInterval(() => this.followLoad(), LOOK_MS);
    this.lookTimer.unref();
  }

  private followLoad(): void {
    if (this.desired === 0) {
      this.autoscale.forget();
      if (this.replicas.size === 0) clearInterval(this.lookTimer);
      return;
    }
    const { ceiling, settings, log, name } = this.options;
    const load = this.load() + this.refused;
    this.refused = 0;
    const { atLeast, atMost } = this.autoscale.look(load);
    const most = Math.max(this.minReplicas, Math.min(ceiling, settings.maxReplicas));
    const wanted = Math.min(most, Math.max(this.minReplicas, atLeast, Math.min(this.desired, atMost)));
    if (wanted === this.desired || this.backoff.remaining > 0) return;
    log.info(`${name} goes from ${this.desired} to ${wanted} processes, with ${load} requests in flight`);
    this.want(wanted);
  }

  private unavailable(what: string, wait = 1000): Unavailable {
    const retryAfter = Math.max(1, Math.ceil(wait / 1000));
    return new Unavailable(`The function ${this.options.name} ${what}; try again in ${retryAfter} s.`, retryAfter);
  }
}
