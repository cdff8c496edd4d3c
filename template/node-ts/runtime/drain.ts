import type { Log } from './log.ts';
import type { ReadyFile } from './ready.ts';
import type { RunningServer } from './server.ts';
import type { Settings } from './settings.ts';

/** Time limit of the module's `close`. */
const CLOSE_MS = 5000;

/** The watchdog exits when we do and may still be sending our last answer. */
const WATCHDOG_LINGER_MS = 2000;

export interface DrainOptions {
  /** Default: the setting. 0 also ends a grace period in progress. */
  graceMs?: number;
  exitCode?: number;
}

interface Parts {
  server: RunningServer;
  settings: Pick<Settings, 'drainGraceMs' | 'drainLimitMs' | 'lockFile'>;
  log: Log;
  ready: ReadyFile;
  close?: () => Promise<void> | void;
  /** Exits the process; replaced in tests. */
  exit?: (code: number) => void;
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Shuts the process down: becomes not ready, keeps serving for a grace period (callers need time to notice), accepts no
 * new connections, finishes requests in flight, closes the module and exits.
 */
export function drainer({ server, settings, log, ready, close, exit = process.exit }: Parts) {
  let begun = false;
  let code = 0;
  let endGrace = () => {};

  const run = async (graceMs: number) => {
    await ready.clear();
    await Promise.race([timer(graceMs), new Promise<void>((resolve) => (endGrace = resolve))]);
    if (!(await server.stop(settings.drainLimitMs))) {
      log('warn', 'requests in flight took too long and were cut off');
      code = 1;
    }
    try {
      await Promise.race([close?.(), timer(CLOSE_MS)]);
    } catch (error) {
      log('warn', 'closing failed', { error });
    }
    log('info', 'stopped');
    if (settings.lockFile !== undefined) await timer(WATCHDOG_LINGER_MS);
    exit(code);
  };

  return (reason: string, { graceMs = settings.drainGraceMs, exitCode = 0 }: DrainOptions = {}): void => {
    code = Math.max(code, exitCode);
    if (graceMs === 0) endGrace();
    if (begun) return;
    begun = true;
    log('info', `stopping: ${reason}`);
    void run(graceMs);
  };
}
