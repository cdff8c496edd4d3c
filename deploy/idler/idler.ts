import { readCalls } from './calls.ts';
import type { Config } from './config.ts';
import { createDriver, send } from './driver.ts';
import { Watch } from './watch.ts';

export type Log = (level: 'info' | 'warn', message: string, more?: Record<string, unknown>) => void;

/** Stops functions that nobody calls. */
export class Idler {
  private readonly config: Config;
  private readonly log: Log;
  private readonly driver;
  private readonly watch;

  constructor(config: Config, log: Log) {
    this.config = config;
    this.log = log;
    this.driver = createDriver(config.driver);
    this.watch = new Watch(config.idleAfter);
  }

  /**
   * One look at all functions; a failure stops nobody.
   * @param now milliseconds of a clock that only goes forward
   * @returns the functions it stopped
   */
  async look(now = performance.now()): Promise<string[]> {
    const stopped: string[] = [];
    try {
      for (const name of await this.idle(now)) {
        // Asked again, so that a call of the last moment keeps its function.
        if ((await this.idle(now)).includes(name) && (await this.stop(name))) stopped.push(name);
      }
    } catch (error) {
      this.watch.forget();
      this.log('warn', 'nothing is known, so nothing is stopped', { error: (error as Error).message });
    }
    return stopped;
  }

  private async idle(now: number): Promise<string[]> {
    const [running, ...texts] = await Promise.all([
      this.driver.running(),
      ...this.config.metrics.map((address) => send('GET', address)),
    ]);
    return this.watch.look(running, readCalls(texts.map(String)), now);
  }

  private async stop(name: string): Promise<boolean> {
    if (this.config.dryRun) {
      this.log('info', 'idle; a dry run stops nothing', { function: name });
      return false;
    }
    try {
      await this.driver.stop(name);
      this.log('info', 'idle, stopped', { function: name });
      return true;
    } catch (error) {
      this.log('warn', 'idle, and could not be stopped', { function: name, error: (error as Error).message });
      return false;
    }
  }
}
