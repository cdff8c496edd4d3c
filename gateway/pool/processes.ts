import type { Replica } from './replica.ts';

/** How a function is, for people. */
export type State = 'ready' | 'starting' | 'idle' | 'failed';

/** The processes of one function that are alive, and how the last start went. */
export class Processes {
  private readonly alive = new Set<Replica>();
  private startFailed = false;
  /** How long the last start took, ms; undefined before the first. */
  startMs: number | undefined;

  /** Starts a process and remembers it. @throws whatever the start throws */
  launch(start: () => Replica): Replica {
    const since = performance.now();
    this.startFailed = true;
    const replica = start();
    this.alive.add(replica);
    this.startFailed = false;
    void replica.gone.then(() => this.alive.delete(replica));
    replica.ready.then(
      () => {
        this.startMs = performance.now() - since;
      },
      () => {
        // One that is told to stop while it starts has not failed.
        this.startFailed = !replica.retiring;
      },
    );
    return replica;
  }

  get pids(): number[] {
    return [...this.alive].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  get state(): State {
    const states = [...this.alive].map(({ state }) => state);
    if (states.includes('ready')) return 'ready';
    if (states.includes('starting')) return 'starting';
    return this.startFailed ? 'failed' : 'idle';
  }
}
