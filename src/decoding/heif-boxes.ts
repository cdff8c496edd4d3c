/* Reads an AVIF's boxes about its primary picture (ISO/IEC 14496-12 and 23008-12), from the header alone. */

/** A property of an item, such as `colr` or `irot`, with its content. */
export interface Property {
  type: string;
  data: Buffer;
}

export interface PrimaryItem {
  properties: Property[];
  /** The properties of its alpha item, if it has one. */
  alpha: Property[] | undefined;
  /** Whether its colours are premultiplied by alpha. */
  premultiplied: boolean;
}

interface Box extends Property {}

/** Limits per file. A picture of many tiles has some hundreds of each. */
const MOST_BOXES = 4_096;
const MOST_PAIRS = 16_384;
const MOST_REFERENCES = 1_024;
const ALPHA = /^urn:mpeg:(?:mpegB:cicp:systems:auxiliary:alpha|hevc:2015:auxid:1)\0/;

/** Parses consecutive boxes, up to the end of `bytes`. */
function boxesOf(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length && boxes.length < MOST_BOXES; ) {
    const short = bytes.readUInt32BE(at);
    const large = short === 1 && at + 16 <= bytes.length;
    const size = large ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? bytes.length - at : short;
    const head = large ? 16 : 8;
    if (size < head) break;
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + head, at + size) });
    at += size;
  }
  return boxes;
}

const find = (boxes: Box[], type: string): Buffer | undefined => boxes.find((box) => box.type === type)?.data;

/** @returns `undefined` if the file is not a still AVIF, or its boxes cannot be read */
export function primaryItem(bytes: Buffer): PrimaryItem | undefined {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  try {
    const meta = boxesOf(find(boxesOf(bytes), 'meta')?.subarray(4) ?? Buffer.alloc(0));
    const pitm = find(meta, 'pitm');
    const iprp = boxesOf(find(meta, 'iprp') ?? Buffer.alloc(0));
    if (!pitm) return undefined;
    const id = pitm[0] === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
    const all = boxesOf(find(iprp, 'ipco') ?? Buffer.alloc(0));
    const owned = associationsOf(iprp.filter(({ type }) => type === 'ipma'));
    const propertiesOf = (item: number): Property[] => (owned.get(item) ?? []).flatMap((index) => all[index - 1] ?? []);
    const references = referencesOf(find(meta, 'iref'));
    const alpha = references
      .filter(({ type, to }) => type === 'auxl' && to.includes(id))
      .map(({ from }) => propertiesOf(from))
      .find((properties) => ALPHA.test(find(properties, 'auxC')?.toString('latin1', 4) ?? ''));
    const premultiplied = references.some(({ type, from }) => type === 'prem' && from === id);
    return { properties: propertiesOf(id), alpha, premultiplied };
  } catch (error) {
    // A length or offset out of range: the decoder will report what is wrong.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Property indexes by item, starting at 1. */
function associationsOf(boxes: Box[]): Map<number, number[]> {
  const owned = new Map<number, number[]>();
  let pairs = 0;
  for (const { data } of boxes) {
    const [version, wide] = [data[0], ((data[3] ?? 0) & 1) === 1];
    let at = 8;
    for (let left = data.readUInt32BE(4); left > 0 && at < data.length && pairs < MOST_PAIRS; left--) {
      const item = version === 0 ? data.readUInt16BE(at) : data.readUInt32BE(at);
      at += version === 0 ? 2 : 4;
      const count = data.readUInt8(at++);
      // An item without properties counts as well.
      pairs += count + 1;
      // The first bit says whether the property is essential.
      const read = (n: number) => (wide ? data.readUInt16BE(at + 2 * n) & 0x7fff : data.readUInt8(at + n) & 0x7f);
      const numbers = Array.from({ length: count }, (_, n) => read(n));
      at += count * (wide ? 2 : 1);
      owned.set(item, [...(owned.get(item) ?? []), ...numbers]);
    }
  }
  return owned;
}

function referencesOf(iref: Buffer | undefined): { type: string; from: number; to: number[] }[] {
  if (!iref) return [];
  const size = iref[0] === 0 ? 2 : 4;
  const boxes = boxesOf(iref.subarray(4));
  const counts = boxes.map(({ data }) => data.readUInt16BE(size));
  if (counts.reduce((sum, count) => sum + count, 0) > MOST_BOXES || boxes.length > MOST_REFERENCES) {
    throw new RangeError('more references than a picture has');
  }
  return boxes.map(({ type, data }, place) => {
    const count = counts[place] as number;
    const to = Array.from({ length: count }, (_, n) => data.readUIntBE(size + 2 + n * size, size));
    return { type, from: data.readUIntBE(0, size), to };
  });
}

/**
 * The transformations applied after decoding (rotate, mirror, crop), in order, as a string for comparison. Crops are
 * compared without their position.
 */
export function transformationsOf(properties: Property[]): string {
  const moving = properties.filter(({ type }) => ['irot', 'imir', 'clap'].includes(type));
  return moving.map(({ type, data }) => (type === 'clap' ? type : type + data.toString('hex'))).join();
}
