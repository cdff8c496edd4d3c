/*
 * What the boxes of an AVIF say of its primary picture (ISO/IEC 14496-12 and 23008-12), read from the header alone.
 */

/** A property of an item, such as `colr` or `irot`, with its content. */
export interface Property {
  type: string;
  data: Buffer;
}

export interface PrimaryItem {
  properties: Property[];
  /** Of the item that holds its alpha; `undefined` where none does. */
  alpha: Property[] | undefined;
  /** Its colours come multiplied by the alpha. */
  premultiplied: boolean;
}

interface Box extends Property {}

const MOST_BOXES = 4_096;
const ALPHA = /^urn:mpeg:(?:mpegB:cicp:systems:auxiliary:alpha|hevc:2015:auxid:1)\0/;

/** Boxes one after the other; what lies outside of `bytes` is left out. */
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

/** @returns `undefined` where the file is no still AVIF, or its boxes cannot be read */
export function primaryItem(bytes: Buffer): PrimaryItem | undefined {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  try {
    const meta = boxesOf(find(boxesOf(bytes), 'meta')?.subarray(4) ?? Buffer.alloc(0));
    const pitm = find(meta, 'pitm');
    const iprp = boxesOf(find(meta, 'iprp') ?? Buffer.alloc(0));
    if (!pitm) return undefined;
    const id = pitm[0] === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
    const all = boxesOf(find(iprp, 'ipco') ?? Buffer.alloc(0));
    const owned = iprp.filter(({ type }) => type === 'ipma').flatMap(({ data }) => associationsOf(data));
    const propertiesOf = (item: number): Property[] =>
      owned.filter(([owner]) => owner === item).flatMap(([, index]) => all[index - 1] ?? []);
    const references = referencesOf(find(meta, 'iref'));
    const alpha = references
      .filter(({ type, to }) => type === 'auxl' && to.includes(id))
      .map(({ from }) => propertiesOf(from))
      .find((properties) => ALPHA.test(find(properties, 'auxC')?.toString('latin1', 4) ?? ''));
    const premultiplied = references.some(({ type, from }) => type === 'prem' && from === id);
    return { properties: propertiesOf(id), alpha, premultiplied };
  } catch (error) {
    // A number that lies outside: the decoder will say what is wrong.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Item and number of a property, the first being 1. */
function associationsOf(ipma: Buffer): [item: number, property: number][] {
  const [version, wide] = [ipma[0], ((ipma[3] ?? 0) & 1) === 1];
  const pairs: [number, number][] = [];
  let at = 8;
  for (let left = ipma.readUInt32BE(4); left > 0 && at < ipma.length && pairs.length < MOST_BOXES; left--) {
    const item = version === 0 ? ipma.readUInt16BE(at) : ipma.readUInt32BE(at);
    at += version === 0 ? 2 : 4;
    const count = ipma.readUInt8(at++);
    for (let n = 0; n < count; n++) {
      // The first bit says whether a reader must know the property.
      pairs.push([item, wide ? ipma.readUInt16BE(at) & 0x7fff : ipma.readUInt8(at) & 0x7f]);
      at += wide ? 2 : 1;
    }
  }
  return pairs;
}

function referencesOf(iref: Buffer | undefined): { type: string; from: number; to: number[] }[] {
  if (!iref) return [];
  const size = iref[0] === 0 ? 2 : 4;
  return boxesOf(iref.subarray(4)).map(({ type, data }) => {
    const count = data.readUInt16BE(size);
    const to = Array.from({ length: count }, (_, n) => data.readUIntBE(size + 2 + n * size, size));
    return { type, from: data.readUIntBE(0, size), to };
  });
}

/** What turns, mirrors or crops a picture after it is decoded, in order, to be compared; a crop without its place. */
export function transformationsOf(properties: Property[]): string {
  const moving = properties.filter(({ type }) => ['irot', 'imir', 'clap'].includes(type));
  return moving.map(({ type, data }) => (type === 'clap' ? type : type + data.toString('hex'))).join();
}
