import type { Pixels } from '../pixels.ts';
import compiled from './simd.generated.json' with { type: 'json' };

/** Pixels around a band that filters read; the same in simd/planes.ts. */
const MARGIN = 6;
/** Rows at a time: few enough to stay in the processor's cache, many enough that margins cost little. */
const ROWS = 32;
/** A page of a WebAssembly memory, in bytes. */
const PAGE = 65_536;

/** Node's types leave WebAssembly out. */
interface Assembly {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: Assembly };

/** A filter in WebAssembly. @param planes address of the band's colours; @param out address of its pixels */
type Filter = (planes: number, out: number, width: number, height: number, channels: number) => void;

/** What simd/index.ts exports. */
export interface Filters {
  memory: { buffer: ArrayBuffer; grow(pages: number): void };
  start(): number;
  layOut(rowBytes: number, planeBytes: number): void;
  mirrored(at: number, length: number): number;
  spread(from: number, to: number, width: number, channels: number, columns: number): void;
  setNonLocalMeans(distance: number, halving: number): void;
  nonLocalMeans: Filter;
  setBilateral(nearness: number, perLevel: number): void;
  bilateral: Filter;
}

let module: object | undefined;

/** A fresh instance, so that its memory is free when it is done. */
function instantiate(): Filters {
  module ??= new WebAssembly.Module(Buffer.from(compiled.wasm, 'base64'));
  return new WebAssembly.Instance(module).exports as Filters;
}

/**
 * Filters the colours of a picture by a filter of simd/ (AssemblyScript, with SIMD instructions), band by band, so that
 * it needs little memory beside the picture. The picture is mirrored beyond its edges. Results are the same on every
 * processor.
 * @param choose sets the filter up and returns it
 */
export function filterBands(pixels: Pixels, choose: (filters: Filters) => Filter): Pixels {
  const { data, width, height, channels } = pixels;
  const filters = instantiate();
  const columns = Math.ceil((width + 2 * MARGIN + 8) / 4) * 4;
  const [row, rowBytes] = [width * channels, columns * 4];
  const planeBytes = (ROWS + 2 * MARGIN) * rowBytes;
  const planes = filters.start();
  const band = planes + 3 * planeBytes;
  const missing = Math.ceil((band + ROWS * row) / PAGE) - filters.memory.buffer.byteLength / PAGE;
  if (missing > 0) filters.memory.grow(missing);
  filters.layOut(rowBytes, planeBytes);
  const filter = choose(filters);
  const memory = new Uint8Array(filters.memory.buffer);
  const out = Buffer.from(data);
  for (let top = 0; top < height; top += ROWS) {
    const rows = Math.min(ROWS, height - top);
    for (let y = -MARGIN; y < rows + MARGIN; y++) {
      const from = filters.mirrored(top + y, height) * row;
      memory.set(data.subarray(from, from + row), band);
      filters.spread(band, planes + (y + MARGIN) * rowBytes, width, channels, columns);
    }
    memory.set(data.subarray(top * row, (top + rows) * row), band);
    filter(planes, band, width, rows, channels);
    out.set(memory.subarray(band, band + rows * row), top * row);
  }
  return { data: out, width, height, channels };
}
