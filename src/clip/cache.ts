/** What one entry costs beside its text and its numbers: map slot, objects, headers. Measured roughly, on purpose high. */
const OVERHEAD = 160;

/** Vectors by key, bounded by bytes; the one not used for longest goes first. */
export class VectorCache {
  hits = 0;
  misses = 0;
  bytes = 0;
  readonly #entries = new Map<string, Float32Array>();
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Float32Array | undefined {
    const vector = this.#entries.get(key);
    if (!vector) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    // A map keeps the order of insertion: taking it out and in makes it the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, vector);
    return vector;
  }

  /** Looks without counting and without making it younger. */
  peek(key: string): Float32Array | undefined {
    return this.#entries.get(key);
  }

  set(key: string, vector: Float32Array): void {
    this.#remove(key);
    this.#entries.set(key, vector);
    this.bytes += cost(key, vector);
    for (const oldest of this.#entries.keys()) {
      if (this.bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const vector = this.#entries.get(key);
    if (!vector) return;
    this.#entries.delete(key);
    this.bytes -= cost(key, vector);
  }
}

function cost(key: string, vector: Float32Array): number {
  return key.length * 2 + vector.byteLength + OVERHEAD;
}
