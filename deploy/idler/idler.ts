import { type Calls, readCalls } from './calls.ts';
import type { Config } from './config.ts';
import { createDriver, send } from './driver.ts';
import { Watch } from './watch.ts';

export type Log = (level: 'info' | 'warn', message: string, more?: Record<string, unknown>) => void;

/** Stops functions that are not called. */
export class Idler {
  private readonly config: Config;
  private readonly log: Log;
  private readonly driver;
  private readonly watch;
  /** Functions that were stopped in the last round. */
  private stopped = new Set<string>();
  /** The number of calls of each when it was stopped. */
  private readonly startedAtStop = new Map<string, number>();
  /** Functions that their platform restarted without a call; they are not stopped again. */
  private readonly revived = new Set<string>();

  constructor(config: Config, log: Log) {
    this.config = config;
    this.log = log;
    this.driver = createDriver(config.driver);
    this.watch = new Watch(config.idleAfter);
  }

  /**
   * Checks all functions once; after a failure none is stopped.
   * @param now monotonic milliseconds
   * @returns the functions it stopped
   */
  async look(now = performance.now()): Promise<string[]> {
    const stopped: string[] = [];
    try {
      const idle = await this.idle(now, true);
      for (const name of idle.filter((one) => !this.revived.has(one))) {
        // Read again, so that a function with a call in the meantime is not stopped.
        if ((await this.idle(now)).includes(name) && (await this.stop(name))) stopped.push(name);
      }
    } catch (error) {
      this.watch.forget();
      this.log('warn', 'nothing is known, so nothing is stopped', { error: (error as Error).message });
    }
    this.stopped = new Set(stopped);
    return stopped;
  }

  /** @param first the first reading of a round, which also checks the functions stopped in the last one */
  private async idle(now: number, first = false): Promise<string[]> {
    const [running, ...texts] = await Promise.all([
      this.driver.running(),
      ...this.config.metrics.map((address) => send('GET', address)),
    ]);
    const calls = readCalls(texts.map(String));
    if (first) this.seeRevived(running, calls);
    return this.watch.look(running, calls, now);
  }

  /** Community Edition sets 0 replicas back to 1; stopping again would be useless. */
  private seeRevived(running: string[], calls: ReadonlyMap<string, Calls>): void {
    for (const name of running.filter((one) => this.stopped.has(one))) {
      const started = calls.get(name)?.started ?? 0;
      if (started !== this.startedAtStop.get(name)) continue;
      this.revived.add(name);
      const why = 'runs again though nobody called it: this platform keeps no function at 0, so it is left alone';
      this.log('warn', why, { function: name });
    }
  }

  private async stop(name: string): Promise<boolean> {
    if (this.config.dryRun) {
      this.log('info', 'idle; a dry run stops nothing', { function: name });
      return false;
    }
    try {
      await this.driver.stop(name);
      this.startedAtStop.set(name, this.watch.drop(name));
      this.log('info', 'idle, stopped', { function: name });
      return true;
    } catch (error) {
      this.log('warn', 'idle, and could not be stopped', { function: name, error: (error as Error).message });
      return false;
    }
  }
}
