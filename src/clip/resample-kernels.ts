import compiled from './simd.generated.json' with { type: 'json' };

/** For each output pixel of one axis: its first source pixel, the number of source pixels, and their weights. */
export interface Weights {
  starts: Int32Array;
  counts: Int32Array;
  /** `taps` fixed-point weights per output pixel. */
  values: Int32Array;
  taps: number;
}

/** Node's types leave WebAssembly out. */
interface Assembly {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: Assembly };

/** What simd/index.ts exports; it describes the parameters. */
interface Exports {
  memory: { buffer: ArrayBuffer; grow(pages: number): void };
  start(): number;
  across(...addresses: number[]): void;
  down(...addresses: number[]): void;
}

/** A page of a WebAssembly memory, in bytes. */
const PAGE = 65_536;
/** Bytes that the kernels may touch beyond each part of the memory. */
const SLACK = 16;
/** Of the weights, as in simd/index.ts. */
const LOW_BITS = 11;
const PAIR_BYTES = 8;

let exported: Exports | undefined;

/** One instance for all pictures: it holds little more than the part of a picture between the passes. */
function instance(): Exports {
  exported ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(compiled.wasm, 'base64')))
    .exports as Exports;
  return exported;
}

/** The weights of an axis in the kernels' memory. */
interface Table {
  starts: number;
  pairs: number;
  weights: number;
  /** Bytes of weights for each output pixel. */
  pitch: number;
}

/** The two passes, and the memory they work in: rows of the source, what is between the passes, and the result. */
export class Kernels {
  /** Addresses. */
  readonly source: number;
  readonly between: number;
  readonly out: number;
  readonly #exports = instance();
  readonly #memory: Uint8Array;
  readonly #sizes: { width: number; height: number };
  readonly #down: Weights;
  readonly #tables: { across: Table; down: Table };

  /** @param source bytes of the source that are needed at a time @param between bytes between the passes */
  constructor({ across, down, source, between }: { across: Weights; down: Weights; source: number; between: number }) {
    const [width, height] = [across.starts.length, down.starts.length];
    const place = placesFrom(this.#exports.start());
    this.#sizes = { width, height };
    this.#down = down;
    this.#tables = { across: tableOf(across, place), down: tableOf(down, place) };
    this.source = place(source);
    this.between = place(between);
    this.out = place(width * height * 3);
    const { memory } = this.#exports;
    const missing = Math.ceil(place(0) / PAGE) - memory.buffer.byteLength / PAGE;
    if (missing > 0) memory.grow(missing);
    this.#memory = new Uint8Array(memory.buffer);
    this.#write(across, this.#tables.across);
    this.#write(down, this.#tables.down);
  }

  /** Puts rows of the source into the memory. */
  write(rows: Uint8Array): void {
    this.#memory.set(rows, this.source);
  }

  /** Resizes a row that begins with the source's pixel `first`. */
  across(row: number, out: number, first: number): void {
    const { starts, pairs, weights, pitch } = this.#tables.across;
    this.#exports.across(row - first * 3, out, starts, pairs, weights, pitch, this.#sizes.width);
  }

  /** Makes row `y` of the result from `rows`, of which each has so many bytes to use and the next is `stride` later. */
  down(y: number, rows: number, stride: number, out: number, bytes: number): void {
    const { weights, pitch } = this.#tables.down;
    const pairs = Math.ceil((this.#down.counts[y] as number) / 2);
    this.#exports.down(rows, stride, out, weights + y * pitch, pairs, bytes);
  }

  result(): Uint8Array {
    return this.#memory.slice(this.out, this.out + this.#sizes.width * this.#sizes.height * 3);
  }

  #write({ starts, counts, values, taps }: Weights, table: Table): void {
    const { buffer } = this.#exports.memory;
    const count = starts.length;
    new Int32Array(buffer, table.starts, count).set(starts.map((start) => start * 3));
    new Int32Array(buffer, table.pairs, count).set(counts.map((taps) => Math.ceil(taps / 2)));
    const halves = new Int16Array(buffer, table.weights, (count * table.pitch) / 2).fill(0);
    for (let i = 0; i < count; i += 1) {
      for (let tap = 0; tap < (counts[i] as number); tap += 1) {
        const value = values[i * taps + tap] as number;
        const at = (i * table.pitch) / 2 + (tap >> 1) * 4 + (tap & 1);
        halves[at] = value >> LOW_BITS;
        halves[at + 2] = value & ((1 << LOW_BITS) - 1);
      }
    }
  }
}

/** Gives out parts of a memory, one after the other. */
function placesFrom(start: number): (bytes: number) => number {
  let end = start;
  return (bytes) => {
    const place = end;
    end += Math.ceil((bytes + SLACK) / SLACK) * SLACK;
    return place;
  };
}

function tableOf({ starts, taps }: Weights, place: (bytes: number) => number): Table {
  const [count, pitch] = [starts.length, Math.ceil(taps / 2) * PAIR_BYTES];
  return { starts: place(count * 4), pairs: place(count * 4), weights: place(count * pitch), pitch };
}
