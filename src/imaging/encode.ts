import type { Sharp } from 'sharp';
import type * as z from 'zod';
import { Problem } from '#contract/problems';
import type { JpegQuality } from './jpeg-quality.ts';
import { convertOptions, OUTPUT_FORMATS, type OutputFormat } from './operations/convert.ts';
import type { Size } from './pixels.ts';

export type Output = z.output<typeof convertOptions>;

/** An operation's options with the output's beside them. */
export function withOutput<Shape extends z.ZodRawShape>(options: z.ZodObject<Shape>): WithOutput<Shape> {
  return (options as unknown as z.ZodObject).safeExtend(convertOptions.shape) as unknown as WithOutput<Shape>;
}

type WithOutput<Shape extends z.ZodRawShape> = z.ZodObject<Shape & typeof convertOptions.shape>;

const ENCODERS: Record<OutputFormat, (graph: Sharp, quality?: number, kept?: JpegQuality) => Sharp> = {
  jpeg: (graph, quality, kept) => graph.jpeg(quality === undefined ? (kept ?? { quality: 85 }) : { quality }),
  png: (graph) => graph.png(),
  // exact: colours under full transparency are kept.
  webp: (graph, quality = 80) => graph.webp({ quality, exact: true }),
  // Effort 0 is some 20 times faster than sharp's default 4 for a few per cent more bytes.
  avif: (graph, quality = 55) => graph.avif({ quality, effort: 0 }),
};

/** AVIF costs some ten times what the others do. */
const AVIF_PIXELS = 16_000_000;

/** @throws Problem `too-many-pixels` before any work where encoding would take too long */
export function checkEncoder(format: OutputFormat, { width, height }: Size): void {
  if (format !== 'avif' || width * height <= AVIF_PIXELS) return;
  throw new Problem(
    'too-many-pixels',
    `AVIF is made of at most ${AVIF_PIXELS / 1_000_000} million pixels here; choose webp or a smaller size.`,
  );
}

/** The longest side, in pixels, that an encoder takes; PNG's is beyond any picture that is taken in. */
const LONGEST: Record<OutputFormat, number> = { jpeg: 65_500, png: 2 ** 31 - 1, webp: 16_383, avif: 16_384 };

/** Whether a picture has a side that its format cannot hold. */
export function isTooLong(format: OutputFormat, { width, height }: Size): boolean {
  return Math.max(width, height) > LONGEST[format];
}

/** @throws Problem `too-many-pixels` where {@link isTooLong} */
export function checkSides(format: OutputFormat, size: Size): void {
  if (!isTooLong(format, size)) return;
  throw new Problem(
    'too-many-pixels',
    `The result has ${size.width} × ${size.height} pixels; ${format.toUpperCase()} holds at most ${LONGEST[format]} on a side. Choose png or a smaller size.`,
    { members: { width: size.width, height: size.height, longest: LONGEST[format] } },
  );
}

export function contentType(format: OutputFormat): string {
  return `image/${format}`;
}

/** Where nothing is asked for, the input's own format; GIF and TIFF become PNG. */
export function outputFormat(output: Output, input: string): OutputFormat {
  const wanted = output.format === undefined || output.format === 'auto' ? input : output.format;
  return OUTPUT_FORMATS.find((format) => format === wanted) ?? 'png';
}

/** @param kept how the JPEG that came was written, where the result is to be as good */
export function encode(graph: Sharp, format: OutputFormat, output: Output, kept?: JpegQuality): Sharp {
  return ENCODERS[format](graph, output.quality, kept);
}
