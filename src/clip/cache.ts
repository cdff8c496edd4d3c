/**
 * What one entry costs beside its text and its numbers: map slot, objects, headers. Measured roughly, on purpose high.
 */
const OVERHEAD = 220;

/** Embeddings by key, bounded by bytes; the one not used for longest goes first. */
export class EmbeddingCache<E extends { vector: Float32Array }> {
  hits = 0;
  misses = 0;
  bytes = 0;
  readonly #entries = new Map<string, E>();
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): E | undefined {
    const embedding = this.#entries.get(key);
    if (!embedding) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    // A map keeps the order of insertion: taking it out and in makes it the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, embedding);
    return embedding;
  }

  /** Looks without counting and without making it younger. */
  peek(key: string): E | undefined {
    return this.#entries.get(key);
  }

  set(key: string, embedding: E): void {
    this.#remove(key);
    this.#entries.set(key, embedding);
    this.bytes += cost(key, embedding);
    for (const oldest of this.#entries.keys()) {
      if (this.bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const embedding = this.#entries.get(key);
    if (!embedding) return;
    this.#entries.delete(key);
    this.bytes -= cost(key, embedding);
  }
}

function cost(key: string, { vector }: { vector: Float32Array }): number {
  return key.length * 2 + vector.byteLength + OVERHEAD;
}
