/** How often a function's load is looked at, ms. */
export const LOOK_MS = 500;

/** Load must last this many looks before it starts processes: a moment's crowd is served sooner by waiting. */
const LASTING_LOOKS = 3;

/**
 * Reads from a function's load how many replicas it needs: more once the load has lasted, fewer once it has been
 * less for a good while.
 */
export class Autoscale {
  private readonly target: number;
  private readonly memory: number;
  private readonly loads: number[] = [];

  /**
   * @param target requests at once that one replica should have
   * @param scaleInAfter milliseconds of less load before replicas are taken away
   */
  constructor(target: number, scaleInAfter: number) {
    this.target = target;
    this.memory = Math.max(LASTING_LOOKS, Math.ceil(scaleInAfter / LOOK_MS));
  }

  /**
   * @param load requests in flight, waiting, and refused since the last look
   * @returns the fewest replicas that the lasting load needs, and the most that any load of late needed
   */
  look(load: number): { atLeast: number; atMost: number } {
    this.loads.push(load);
    if (this.loads.length > this.memory) this.loads.shift();
    const needed = (of: number) => Math.ceil(of / this.target);
    const lately = this.loads.slice(-LASTING_LOOKS);
    return {
      atLeast: lately.length < LASTING_LOOKS ? 0 : needed(Math.min(...lately)),
      atMost: this.loads.length < this.memory ? Number.POSITIVE_INFINITY : needed(Math.max(...this.loads)),
    };
  }

  forget(): void {
    this.loads.length = 0;
  }
}
