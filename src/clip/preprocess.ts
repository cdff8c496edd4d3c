import { Problem } from '#contract/problems';
import { codecProblem } from '#decoding/codec-errors';
import { openPicture } from '#decoding/open-picture';
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

/** Up to here every pixel is decoded and resampled as Pillow does, bit for bit. */
const EXACT_PIXELS = 4_000_000;
/** A reduced picture still has at least so many times the model's input size on its shorter side. */
const KEPT_DETAIL = 4;

/** A decoded picture, and the size it has or had before a reduced decode: the crop is worked out from that one. */
export interface Decoded extends RgbImage {
  shape: { width: number; height: number };
}

/**
 * Decodes a picture as Pillow's `convert('RGB')` does: no colour management, first frame; but transparency lies on
 * white, as people see it, unless `matte` says otherwise.
 *
 * A picture above 4 megapixels is reduced to 1/2, 1/4 or 1/8 of its size while it is decoded (a JPEG
 * in its own cosine domain) as long as its shorter side stays at least four times `size`. That is two to six times
 * faster, takes a fraction of the memory, and is no longer bit-exact: the crop differs by about one level of 255 on
 * average at most (preprocess.test.ts holds it to that).
 * @throws Problem `picture-damaged` or `too-many-pixels`
 */
export async function decode(
  bytes: Uint8Array,
  size: number,
  { exif, matte = '#ffffff', maxPixels }: DecodeRules,
): Promise<Decoded> {
  const autoOrient = exif === 'orient';
  try {
    // The limit is checked here, so that it comes back as a problem of its own.
    const input = openPicture(bytes, { ignoreIcc: true, maxPixels: false, autoOrient });
    const header = await input.metadata();
    const { width, height } = autoOrient ? header.autoOrient : header;
    if (width * height > maxPixels) throw tooManyPixels(width, height, maxPixels);
    const shrink = reductionOf({ width, height, hasAlpha: header.hasAlpha }, size, { matte });
    if (shrink > 1) input.resize(Math.floor(width / shrink), Math.floor(height / shrink), REDUCED);
    if (header.hasAlpha && matte !== 'drop') input.flatten({ background: matte });
    if (header.space === 'cmyk') input.pipelineColourspace('cmyk').toColourspace('cmyk');
    else input.toColourspace('srgb').removeAlpha();
    const { data, info } = await input.raw().toBuffer({ resolveWithObject: true });
    const rgb = info.channels === 4 ? fromInks(data) : data;
    return { data: rgb, width: info.width, height: info.height, shape: { width, height } };
  } catch (error) {
    throw codecProblem(error);
  }
}

/** The decoder itself reduces; what is left for the kernel is a fraction of a pixel at the edge. */
const REDUCED = { fit: 'fill', kernel: 'cubic' } as const;

/** By how much a side of a picture is reduced while it is decoded. */
export function reductionOf(
  { width, height, hasAlpha }: { width: number; height: number; hasAlpha: boolean },
  size: number,
  { matte }: Pick<DecodeRules, 'matte'>,
): number {
  // What lies under transparency is only seen where that is dropped, and reducing goes by how visible it is.
  const exact = width * height <= EXACT_PIXELS || (hasAlpha && matte === 'drop');
  if (exact) return 1;
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
