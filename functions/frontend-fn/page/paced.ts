/** After so many milliseconds, work that something newer waits for is given up. */
const PATIENCE = 500;

export interface Paced {
  /** Something has changed. @param delayMs how long to wait for more of it */
  again(delayMs?: number): void;
  /** Gives up what is under way. */
  stop(): void;
}

/**
 * Work that follows a slider: one piece at a time, and always one more for the newest state.
 * @param work must not reject; the signal says that it is not wanted any more
 */
export function paced(work: (signal: AbortSignal) => Promise<void>): Paced {
  let running: { since: number; controller: AbortController } | undefined;
  let isOld = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async (): Promise<void> => {
    isOld = false;
    const mine = { since: performance.now(), controller: new AbortController() };
    running = mine;
    await work(mine.controller.signal);
    if (running !== mine) return;
    running = undefined;
    if (isOld) void run();
  };
  const start = (): void => {
    if (!running) return void run();
    isOld = true;
    if (performance.now() - running.since > PATIENCE) running.controller.abort();
  };
  return {
    again(delayMs = 0) {
      clearTimeout(timer);
      if (delayMs === 0) start();
      else timer = setTimeout(start, delayMs);
    },
    stop() {
      clearTimeout(timer);
      const { controller } = running ?? {};
      running = undefined;
      isOld = false;
      controller?.abort();
    },
  };
}
