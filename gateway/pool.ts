import { setTimeout as pause } from 'node:timers/promises';
import { Backoff } from './backoff.ts';
import { showDuration } from './duration.ts';
import type { Log } from './log.ts';
import type { Replica } from './replica.ts';
import type { FunctionSettings } from './settings.ts';
import { Busy, type Lease, Unavailable, type Upstream } from './upstream.ts';

export interface PoolOptions {
  name: string;
  settings: Pick<FunctionSettings, 'maxInflight' | 'minReplicas' | 'maxReplicas' | 'idleAfter'>;
  /** Starts one process. */
  launch: () => Replica;
  log: Log;
}

/** The connection of a process that ends breaks a moment before its end is seen. */
const END_SEEN_MS = 250;

interface Waiter {
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/**
 * A function's processes on this machine. None runs until the first request, which starts them and waits; requests
 * that come meanwhile wait for the same start. Idle ones stop. A crashed one is replaced, with growing pauses.
 */
export class ReplicaPool implements Upstream {
  private readonly options: PoolOptions;
  private readonly replicas = new Set<Replica>();
  /** Those of which it is not known yet whether they become ready. */
  private readonly starting = new Set<Replica>();
  /** Those whose connection just failed, and when it will be known whether they are gone. */
  private readonly doubted = new Map<Replica, Promise<void>>();
  private readonly waiters = new Set<Waiter>();
  private readonly backoff = new Backoff();
  private desired = 0;
  private lastUsed = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  async acquire(signal: AbortSignal): Promise<Lease> {
    for (;;) {
      signal.throwIfAborted();
      const replica = this.leastBusy();
      if (replica) return this.lease(replica);
      const [doubted] = this.doubted.values();
      await (doubted ?? this.nextReady(signal));
    }
  }

  count(): { replicas: number; available: number } {
    return { replicas: this.desired, available: this.serving().length };
  }

  scale(replicas: number): number {
    this.desired = this.closed ? 0 : Math.min(replicas, this.options.settings.maxReplicas);
    const keep = [...this.replicas].filter((replica) => !replica.retiring && replica.state !== 'stopping');
    // The readiest stay; among those, the busiest.
    keep.sort((a, b) => Number(b.state === 'ready') - Number(a.state === 'ready') || b.inflight - a.inflight);
    for (const replica of keep.slice(this.desired)) this.retire(replica);
    this.reconcile();
    if (this.desired === 0) this.failWaiters(this.unavailable('was scaled to zero'));
    return this.desired;
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.desired = 0;
    clearTimeout(this.idleTimer);
    clearTimeout(this.restartTimer);
    this.failWaiters(this.unavailable('is being stopped'));
    await Promise.all([...this.replicas].map((replica) => replica.stop()));
  }

  kill(): void {
    for (const replica of this.replicas) replica.kill();
  }

  private serving(): Replica[] {
    return [...this.replicas].filter((replica) => replica.state === 'ready' && !replica.retiring);
  }

  private leastBusy(): Replica | undefined {
    let best: Replica | undefined;
    for (const replica of this.replicas) {
      if (replica.state !== 'ready' || replica.retiring || this.doubted.has(replica)) continue;
      if (!best || replica.inflight < best.inflight) best = replica;
    }
    return best;
  }

  private lease(replica: Replica): Lease {
    const { maxInflight } = this.options.settings;
    if (maxInflight > 0 && replica.inflight >= maxInflight) throw new Busy(maxInflight);
    replica.inflight++;
    this.lastUsed = performance.now();
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      replica.inflight--;
      this.lastUsed = performance.now();
      if (replica.retiring && replica.inflight === 0) void replica.stop();
    };
    return { host: '127.0.0.1', port: replica.port, agent: replica.agent, release, lost: () => this.doubt(replica) };
  }

  private doubt(replica: Replica): Promise<void> {
    const known =
      this.doubted.get(replica) ??
      Promise.race([replica.gone.then(() => {}), pause(END_SEEN_MS)]).finally(() => this.doubted.delete(replica));
    this.doubted.set(replica, known);
    return known;
  }

  private nextReady(signal: AbortSignal): Promise<void> {
    if (this.closed) throw this.unavailable('is being stopped');
    const idle = this.starting.size === 0;
    if (idle && this.backoff.remaining > 0) {
      throw this.unavailable('has failed and is left alone for a moment', this.backoff.remaining);
    }
    const ready = this.wait(signal);
    if (idle) {
      this.desired = Math.max(this.desired, this.options.settings.minReplicas);
      this.reconcile();
    }
    return ready;
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiters.delete(waiter);
        reject(signal.reason);
      };
      const settle = (end: () => void) => {
        signal.removeEventListener('abort', leave);
        end();
      };
      const waiter = { resolve: () => settle(resolve), reject: (reason: unknown) => settle(() => reject(reason)) };
      this.waiters.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Starts what is missing; during a pause, once the pause is over. */
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

  private started(replica: Replica, took: number): void {
    const { log, name } = this.options;
    if (!this.starting.delete(replica)) return;
    log.info(`${name} started in ${showDuration(took)}`);
    this.lastUsed = performance.now();
    this.watchIdleness();
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const waiter of waiters) waiter.resolve();
  }

  private startFailed(failure: unknown): void {
    const { log, name } = this.options;
    if (this.closed) return;
    this.backoff.startFailed();
    log.error(`${name} ${failure instanceof Error ? failure.message : String(failure)}`);
    // Not tried again for nobody: the next request does that.
    this.desired = this.serving().length;
    if (this.starting.size === 0) this.failWaiters(this.unavailable('could not be started', this.backoff.remaining));
  }

  private ended(replica: Replica, reason: string): void {
    this.replicas.delete(replica);
    const crashed = replica.uptime > 0 && !replica.retiring && !this.closed;
    if (!crashed) return;
    this.options.log.error(`${this.options.name} ${reason}`);
    this.backoff.crashed(replica.uptime);
    this.reconcile();
  }

  private failWaiters(reason: Unavailable): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const waiter of waiters) waiter.reject(reason);
  }

  private retire(replica: Replica): void {
    replica.retiring = true;
    this.starting.delete(replica);
    if (replica.inflight === 0) void replica.stop();
  }

  private watchIdleness(): void {
    const { idleAfter } = this.options.settings;
    if (idleAfter === undefined) return;
    const look = () => {
      const busy = this.waiters.size > 0 || [...this.replicas].some((replica) => replica.inflight > 0);
      const left = busy ? idleAfter : idleAfter - (performance.now() - this.lastUsed);
      if (left > 0) return wait(left);
      this.options.log.info(`${this.options.name} stops after ${showDuration(idleAfter)} without a request`);
      this.scale(0);
    };
    const wait = (ms: number) => {
      clearTimeout(this.idleTimer);
      this.idleTimer = setTimeout(look, ms);
      this.idleTimer.unref();
    };
    wait(idleAfter);
  }

  private unavailable(what: string, wait = 1000): Unavailable {
    const retryAfter = Math.max(1, Math.ceil(wait / 1000));
    return new Unavailable(`The function ${this.options.name} ${what}; try again in ${retryAfter} s.`, retryAfter);
  }
}
