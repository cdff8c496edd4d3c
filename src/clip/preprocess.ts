import { codecProblem } from '#platform/codec-errors';
import { codedOf, decoderBytes } from '#platform/decoding';
import type { Semaphore } from '#platform/limiter';
import { openPicture } from '#platform/open-picture';
import { Problem } from '#platform/problems';
import { TIMES } from '#platform/times';
import { type RgbImage, resampleWindow } from './resample.ts';

/** Whether EXIF orientation is applied: `orient` for people, `ignore` for parity with Pillow, which does not. */
export type ExifRule = 'orient' | 'ignore';

/** How a picture is to be read. */
export interface DecodeRules {
  exif: ExifRule;
  /** What transparency lies on: `#rrggbb`, white without it; `drop` shows the colours below, as Pillow does. */
  matte?: string | undefined;
  /** Pixels that a picture's header may declare. */
  maxPixels: number;
}

/** Bytes of memory for all pictures that are decoded at once. */
export type Room = Semaphore;

/** Up to here every pixel is decoded and resampled as Pillow does, bit for bit. */
const EXACT_PIXELS = 4_000_000;
/** A reduced JPEG still has at least so many times the model's input size on its shorter side. */
const KEPT_DETAIL = 4;

/** A decoded picture, and the size it has or had before a reduced decode: the crop is worked out from that one. */
export interface Decoded extends RgbImage {
  shape: { width: number; height: number };
}

/**
 * Decodes a picture as Pillow's `convert('RGB')` does: no colour management, first frame; but transparency lies on
 * white, as people see it, unless `matte` says otherwise.
 *
 * A JPEG above 4 megapixels is decoded at 1/2, 1/4 or 1/8 of its size (in the JPEG's own cosine domain) as long as its
 * shorter side stays at least four times `size`. That is two to six times faster and no longer bit-exact: the crop
 * differs by about one level of 255 on average at most (preprocess.test.ts holds it to that).
 * @param room waits for the memory it needs, where there is a bound
 * @throws Problem `picture-damaged` or `too-many-pixels`
 */
export async function decode(
  bytes: Uint8Array,
  size: number,
  { exif, matte = '#ffffff', maxPixels }: DecodeRules,
  room?: Room,
): Promise<Decoded> {
  const autoOrient = exif === 'orient';
  try {
    // The limit is checked here, so that it comes back as a problem of its own.
    const input = openPicture(bytes, { ignoreIcc: true, maxPixels: false, autoOrient });
    const header = await input.metadata();
    const { width, height } = autoOrient ? header.autoOrient : header;
    if (width * height > maxPixels) throw tooManyPixels(width, height, maxPixels);
    const shrink = header.format === 'jpeg' ? shrinkFor(width, height, size) : 1;
    if (shrink > 1) input.resize(Math.floor(width / shrink), Math.floor(height / shrink), REDUCED);
    if (header.hasAlpha && matte !== 'drop') input.flatten({ background: matte });
    if (header.space === 'cmyk') input.pipelineColourspace('cmyk').toColourspace('cmyk');
    else input.toColourspace('srgb').removeAlpha();
    const held = decoderBytes(codedOf(header)) + (width / shrink) * (height / shrink) * BYTES_OUT;
    const giveBack = await roomFor(held, room);
    const { data, info } = await input
      .timeout({ seconds: TIMES.work / 1_000 })
      .raw()
      .toBuffer({ resolveWithObject: true })
      .finally(giveBack);
    const rgb = info.channels === 4 ? fromInks(data) : data;
    return { data: rgb, width: info.width, height: info.height, shape: { width, height } };
  } catch (error) {
    throw codecProblem(error);
  }
}

/** Bytes a pixel of what comes out of a decoder, with what it is made of. */
const BYTES_OUT = 6;

/** @throws Problem `too-many-pixels` where there is never so much */
async function roomFor(bytes: number, room: Room | undefined): Promise<() => void> {
  if (room === undefined) return () => undefined;
  if (bytes <= room.total) return room.take(bytes);
  const [needed, there] = [bytes, room.total].map((one) => Math.round(one / 2 ** 20));
  throw new Problem(
    'too-many-pixels',
    `Decoding this picture needs about ${needed} MiB of memory, and ${there} MiB are there; send a smaller one.`,
  );
}

/** The decoder itself reduces; what is left for the kernel is a fraction of a pixel at the edge. */
const REDUCED = { fit: 'fill', kernel: 'cubic' } as const;

function shrinkFor(width: number, height: number, size: number): number {
  if (width * height <= EXACT_PIXELS) return 1;
  return [8, 4, 2].find((factor) => Math.min(width, height) / factor >= size * KEPT_DETAIL) ?? 1;
}

/** Cyan, magenta, yellow and black as Pillow turns them into RGB: no ink profile, 8-bit rounding. */
function fromInks(data: Uint8Array): Uint8Array {
  const out = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const light = 255 - (data[from + 3] as number);
    for (let ink = 0; ink < 3; ink += 1) {
      const product = (data[from + ink] as number) * light + 128;
      out[to + ink] = light - (((product >> 8) + product) >> 8);
    }
  }
  return out;
}

function tooManyPixels(width: number, height: number, maxPixels: number): Problem {
  return new Problem(
    'too-many-pixels',
    `The picture has ${width} × ${height} pixels; at most ${maxPixels / 1_000_000} million are allowed here.`,
  );
}

/** The shorter side becomes `size` (the longer one rounded down) and the middle `size` × `size` pixels are kept. */
export function centreCrop(image: Decoded, size: number): Uint8Array {
  const { width, height } = image.shape;
  const toWidth = width <= height ? size : Math.trunc((size * width) / height);
  const toHeight = width <= height ? Math.trunc((size * height) / width) : size;
  const window = { left: middle(toWidth, size), top: middle(toHeight, size), width: size, height: size };
  return resampleWindow(image, toWidth, toHeight, window);
}

/** Where the centre crop begins; a half is rounded to the even number, as Python's `round` does. */
function middle(side: number, size: number): number {
  const offset = (side - size) / 2;
  const floor = Math.floor(offset);
  return offset - floor === 0.5 ? floor + (floor % 2) : Math.round(offset);
}
