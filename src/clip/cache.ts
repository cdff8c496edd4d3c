import { LRUCache } from 'lru-cache';

/** Bytes of an entry besides its key and its numbers: map slot, objects, headers. A rough measurement, rounded up. */
const OVERHEAD = 220;

/** An LRU cache of embeddings, limited by bytes, that counts hits and misses. */
export class EmbeddingCache<E extends { vector: Float32Array }> {
  hits = 0;
  misses = 0;
  readonly #entries: LRUCache<string, E>;

  constructor(maxBytes: number) {
    this.#entries = new LRUCache({
      maxSize: Math.max(1, Math.floor(maxBytes)),
      sizeCalculation: ({ vector }, key) => key.length * 2 + vector.byteLength + OVERHEAD,
    });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): E | undefined {
    const embedding = this.#entries.get(key);
    if (embedding) this.hits += 1;
    else this.misses += 1;
    return embedding;
  }

  /** Reads an entry without counting it or marking it as recently used. */
  peek(key: string): E | undefined {
    return this.#entries.peek(key);
  }

  set(key: string, embedding: E): void {
    this.#entries.set(key, embedding);
  }
}
