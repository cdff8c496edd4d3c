/** Numbers that look random and are the same for the same seed (Marsaglia's xorshift, 32 bits). */
export class Random {
  private state: number;

  constructor(seed: number) {
    // Neighbouring seeds begin far apart; 0 would stay 0.
    this.state = (Math.imul(seed + 1, 0x9e3779b9) ^ 0x85ebca6b) >>> 0 || 1;
    for (let turn = 0; turn < 8; turn++) this.below(2);
  }

  /** A whole number from 0 to `end` − 1. */
  below(end: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return this.state % end;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** True once in so many. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }
}
