import { crc32, deflateSync } from 'node:zlib';

/* Writers of PNG and TIFF after their specifications, for kinds that no encoder here makes: one colour all over. */

/** Pixels. */
export const WIDTH = 64;
export const HEIGHT = 48;

/** Packs one pixel's samples, over and over, into rows of whole bytes. */
function rows(samples: number[], bits: number, little = false): Buffer[] {
  const line = Array.from({ length: WIDTH }, () => samples).flat();
  const row = Buffer.alloc(Math.ceil((line.length * bits) / 8));
  line.forEach((sample, n) => {
    if (bits === 16 && little) row.writeUInt16LE(sample, n * 2);
    else if (bits === 16) row.writeUInt16BE(sample, n * 2);
    else if (bits === 8) row[n] = sample;
    else {
      const at = (n * bits) >> 3;
      row[at] = (row[at] as number) | (sample << (8 - bits - ((n * bits) & 7)));
    }
  });
  return Array.from({ length: HEIGHT }, () => row);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

interface PngKind {
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  type: number;
  bits: number;
  samples: number[];
  /** Between header and pixels: chunk type → data. */
  chunks?: Record<string, number[] | Buffer>;
}

/** PNG, third edition. */
export function pngOf({ type, bits, samples, chunks = {} }: PngKind): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([bits, type], 8);
  const lines = rows(samples, bits).flatMap((row) => [Buffer.alloc(1), row]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...Object.entries(chunks).map(([name, data]) => chunk(name, Buffer.from(data as Buffer))),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

interface TiffKind {
  photometric: number;
  bits: number;
  samples: number[];
  big?: boolean;
  /** Byte order. */
  little?: boolean;
  /** 2: each channel for itself. */
  planar?: 1 | 2;
  compression?: number;
  extra?: Record<number, number[]>;
}

/** TIFF 6.0 or BigTIFF: one strip, or one a channel. */
export function tiffOf(kind: TiffKind): Buffer {
  const { photometric, bits, samples, big = false, little = true, planar = 1, compression = 1, extra = {} } = kind;
  const planes = planar === 2 ? samples.map((sample) => [sample]) : [samples];
  const strips = planes.map((plane) => {
    const raw = Buffer.concat(rows(plane, bits, little));
    return compression === 8 ? deflateSync(raw) : raw;
  });
  const word = big ? 8 : 4;
  const number = (value: number, size: number): Buffer => {
    const out = Buffer.alloc(size);
    if (size === 8) little ? out.writeBigUInt64LE(BigInt(value)) : out.writeBigUInt64BE(BigInt(value));
    else little ? out.writeUIntLE(value, 0, size) : out.writeUIntBE(value, 0, size);
    return out;
  };
  const head = big ? Buffer.concat([number(43, 2), number(8, 2), number(0, 2)]) : number(42, 2);
  const start = 2 + head.length + word;
  let at = start;
  const offsets = strips.map((strip) => {
    const here = at;
    at += strip.length;
    return here;
  });
  const tags: Record<number, number[]> = {
    256: [WIDTH],
    257: [HEIGHT],
    258: samples.map(() => bits),
    259: [compression],
    262: [photometric],
    273: offsets,
    277: [samples.length],
    278: [HEIGHT],
    279: strips.map((strip) => strip.length),
    284: [planar],
    ...extra,
  };
  // Values too long for their entry stand before the directory.
  const values: Buffer[] = [];
  const entries = Object.entries(tags).map(([tag, list]) => {
    const isLong = ['273', '279'].includes(tag);
    const size = isLong ? 4 : 2;
    const data = Buffer.concat(list.map((value) => number(value, size)));
    let field: Buffer = Buffer.concat([data, Buffer.alloc(Math.max(0, word - data.length))]);
    if (data.length > word) {
      field = number(at, word);
      values.push(data);
      at += data.length;
    }
    return Buffer.concat([number(Number(tag), 2), number(isLong ? 4 : 3, 2), number(list.length, word), field]);
  });
  return Buffer.concat([
    Buffer.from(little ? 'II' : 'MM', 'latin1'),
    head,
    number(at, word),
    ...strips,
    ...values,
    number(entries.length, big ? 8 : 2),
    ...entries,
    number(0, word),
  ]);
}
