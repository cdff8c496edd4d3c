/** How often a function's load is measured, ms. */
export const LOOK_MS = 500;

/** Load must last for this many measurements to start processes: a short burst is served sooner by waiting. */
const LASTING_LOOKS = 3;

/**
 * Derives the number of replicas from a function's load: more once the load lasts, fewer once it has been lower for a
 * while.
 */
export class Autoscale {
  private readonly target: number;
  private readonly memory: number;
  private readonly loads: number[] = [];

  /**
   * @param target concurrent requests per replica
   * @param scaleInAfter milliseconds of lower load before replicas are removed
   */
  constructor(target: number, scaleInAfter: number) {
    this.target = target;
    this.memory = Math.max(LASTING_LOOKS, Math.ceil(scaleInAfter / LOOK_MS));
  }

  /**
   * @param load requests in flight, waiting, and refused since the last measurement
   * @returns the fewest replicas that sustained load needs, and the most that any recent load needed
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
