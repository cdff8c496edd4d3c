/** The properties of a TIFF's first picture that matter for decoding. */
const COMPRESSIONS = new Map([
  [34661, 'JBIG'],
  [34676, 'SGILog'],
  [34677, 'SGILog'],
  [34712, 'JPEG 2000'],
  [33003, 'JPEG 2000'],
  [33005, 'JPEG 2000'],
  [34887, 'LERC'],
  [34925, 'LZMA'],
  [50000, 'Zstandard'],
  [50002, 'JPEG XL'],
  [52546, 'JPEG XL'],
]);
/** None, CCITT, LZW, JPEG, Deflate, PackBits, WebP. */
const DECODED = [1, 2, 3, 4, 5, 7, 8, 32946, 32773, 50001];

/** Colour models (PhotometricInterpretation) that are decoded → their number of colour channels. */
const COLOUR_CHANNELS = new Map([
  [0, 1],
  [1, 1],
  [2, 3],
  [3, 1],
  [5, 4],
  [6, 3],
]);
const YCBCR = 6;
const JPEG = 7;
const COLOUR_MODELS = new Map([
  [4, 'a transparency mask'],
  [8, 'CIELab'],
  [9, 'ICCLab'],
  [10, 'ITULab'],
  [32844, 'LogL'],
  [32845, 'LogLuv'],
]);
/** Colour filter array and linear raw: sensor data of cameras. */
const SENSOR = [32803, 34892];
const SAMPLE_FORMATS = new Map([
  [2, 'signed integers'],
  [3, 'floating-point numbers'],
  [5, 'complex numbers'],
  [6, 'complex numbers'],
]);

const TAG = { bits: 258, compression: 259, colours: 262, samples: 277, subfiles: 330, format: 339, dng: 50706 };
/** Bytes of a value, by type. */
const BYTES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };
/** Most directories to visit: a file may chain them in a cycle. */
const MOST_DIRECTORIES = 16;
const MOST_VALUES = 32;

type Directory = Map<number, number[]>;

/** Says why a TIFF is not supported, such as `a TIFF with LZMA compression`; `undefined` if it is. */
export function unsupportedTiff(bytes: Buffer): string | undefined {
  const { first, all } = directoriesOf(bytes);
  if (!first) return undefined;
  if (isCameraRaw(bytes, first, all)) return 'a camera raw file (DNG, NEF, CR2, ARW or the like)';
  const compression = first.get(TAG.compression)?.[0] ?? 1;
  if (!DECODED.includes(compression)) {
    return `a TIFF with ${COMPRESSIONS.get(compression) ?? `an unknown (${compression})`} compression`;
  }
  return unsupportedColours(first, compression) ?? unsupportedSamples(first);
}

function isCameraRaw(bytes: Buffer, first: Directory, all: Directory[]): boolean {
  const sensor = all.some((one) => SENSOR.includes(one.get(TAG.colours)?.[0] ?? -1));
  return sensor || first.has(TAG.dng) || bytes.toString('latin1', 8, 10) === 'CR';
}

function unsupportedColours(first: Directory, compression: number): string | undefined {
  const colours = first.get(TAG.colours)?.[0] ?? 1;
  // Only the JPEG decoder turns it into RGB.
  if (colours === YCBCR && compression !== JPEG) return 'a TIFF in YCbCr without JPEG compression';
  const channels = COLOUR_CHANNELS.get(colours);
  if (channels === undefined) return `a TIFF in ${COLOUR_MODELS.get(colours) ?? `colour model ${colours}`}`;
  const samples = first.get(TAG.samples)?.[0] ?? 1;
  if (samples < channels || samples > channels + 1) return `a TIFF with ${samples} channels`;
  return undefined;
}

function unsupportedSamples(first: Directory): string | undefined {
  const format = first.get(TAG.format)?.find((one) => SAMPLE_FORMATS.has(one));
  if (format !== undefined) return `a TIFF whose samples are ${SAMPLE_FORMATS.get(format)}`;
  const bits = first.get(TAG.bits) ?? [1];
  const [depth = 1] = bits;
  if (![1, 2, 4, 8, 16].includes(depth) || bits.some((one) => one !== depth))
    return `a TIFF of ${bits.join(', ')} bits`;
  return undefined;
}

/** The first directory, and all that are reachable from it. */
function directoriesOf(bytes: Buffer): { first?: Directory; all: Directory[] } {
  const reader = readerOf(bytes);
  const all: Directory[] = [];
  const seen = new Set<number>();
  const waiting = [reader.start()];
  while (waiting.length > 0 && all.length < MOST_DIRECTORIES) {
    const at = waiting.shift() as number;
    if (at === 0 || seen.has(at)) continue;
    seen.add(at);
    const directory = reader.directory(at);
    if (!directory) continue;
    all.push(directory.entries);
    waiting.push(...(directory.entries.get(TAG.subfiles) ?? []), directory.next);
  }
  const [first] = all;
  return { ...(first && { first }), all };
}

/** Reads numbers of a TIFF or a BigTIFF; outside the file they are 0. */
function readerOf(bytes: Buffer) {
  const little = bytes[0] === 0x49;
  const number = (at: number, size: number): number => {
    if (at < 0 || at + size > bytes.length) return 0;
    if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  const big = number(2, 2) === 43;
  const [word, entrySize, countSize] = big ? [8, 20, 8] : [4, 12, 2];
  const valuesAt = (entry: number): number[] => {
    const size = BYTES[number(entry + 2, 2)] ?? 0;
    const count = Math.min(number(entry + 4, word), MOST_VALUES);
    const inside = entry + 4 + word;
    const from = size * number(entry + 4, word) <= word ? inside : number(inside, word);
    return size === 0 ? [0] : Array.from({ length: count }, (_, n) => number(from + n * size, size));
  };
  return {
    start: (): number => number(big ? 8 : 4, word),
    directory(at: number): { entries: Directory; next: number } | undefined {
      const count = number(at, countSize);
      const end = at + countSize + count * entrySize;
      if (count === 0 || end > bytes.length) return undefined;
      const starts = Array.from({ length: count }, (_, n) => at + countSize + n * entrySize);
      return {
        entries: new Map(starts.map((entry) => [number(entry, 2), valuesAt(entry)])),
        next: number(end, word),
      };
    },
  };
}
