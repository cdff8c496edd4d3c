import { Problem, type ProblemCode } from '#contract/problems';

/** Facts about the picture for the error message. */
export interface Subject {
  /** The subject of the sentence; by default `The picture`. */
  what?: string;
  /** Size that the header declares, in pixels. */
  size?: { width: number; height: number };
  /** Most pixels allowed. */
  maxPixels?: number;
}

interface Row {
  name: string;
  /** Matches the message that sharp passes on from libvips, libjpeg, libpng, libwebp, libtiff, libheif or nsgif. */
  says: RegExp;
  code: ProblemCode;
  /** The message for the client. @param found the groups of `says` */
  means(subject: Required<Pick<Subject, 'what'>> & Subject, found: string[]): string;
}

const CONVERT = 'convert it first.';

function anyOf(patterns: string[], flags = ''): RegExp {
  return new RegExp(patterns.join('|'), flags);
}

/**
 * Messages of decoders and encoders, and what each means; the first match counts. A picture that uses an unsupported
 * feature is not called damaged. Limits are reported with the actual and the allowed figure. docs/errors.md lists the
 * same rows.
 */
export const CODEC_ERRORS: readonly Row[] = [
  {
    name: 'too slow',
    says: /^timeout:/,
    code: 'timed-out',
    means: () => 'The work took too long and was stopped.',
  },
  {
    name: 'more pixels than its header said',
    says: /exceeds pixel limit/,
    code: 'too-many-pixels',
    means: ({ what, size, maxPixels = 0 }) => {
      const declared = size ? `the ${size.width} × ${size.height} of its header` : 'are allowed';
      return `${what} has more pixels than ${declared}; at most ${maxPixels / 1e6} million are allowed here.`;
    },
  },
  {
    name: 'larger than its decoder takes',
    says: /Image size (\d+)x(\d+) exceeds the maximum image size (\d+)/,
    code: 'too-many-pixels',
    means: ({ what }, [width, height, most]) =>
      `${what} has a part of ${width} × ${height} pixels; the decoder takes at most ${most}.`,
  },
  {
    name: 'larger than its format holds',
    says: /Processed image is too large for the (\w+) format/,
    code: 'too-many-pixels',
    means: (_, [format]) => `The result is larger than ${format} can hold; choose another format, or a smaller size.`,
  },
  {
    name: 'more parts than its decoder takes',
    says: /Security limit exceeded/,
    code: 'format-unsupported',
    means: ({ what }) => `${what} has more parts than are decoded here; ${CONVERT}`,
  },
  {
    name: 'JPEG depth',
    says: /Unsupported JPEG data precision (\d+)/,
    code: 'format-unsupported',
    means: ({ what }, [bits]) => `${what} is a JPEG of ${bits} bits, which is not decoded here; ${CONVERT}`,
  },
  {
    name: 'JPEG process',
    says: /Unsupported JPEG process|DNL not supported|omitted at compile time/,
    code: 'format-unsupported',
    means: ({ what }) => `${what} is a JPEG of a rare kind, which is not decoded here; ${CONVERT}`,
  },
  {
    name: 'JPEG sampling',
    says: /Fractional sampling not implemented|Sampling factors too large/,
    code: 'format-unsupported',
    means: ({ what }) => `${what} is a JPEG whose colours are sampled in a way that is not decoded here; ${CONVERT}`,
  },
  {
    name: 'AVIF feature',
    says: /Unsupported (?:feature|file-type|codec)|Bitstream not supported/,
    code: 'format-unsupported',
    means: ({ what }) => `${what} is an AVIF that uses what is not decoded here; ${CONVERT}`,
  },
  {
    name: 'TIFF feature',
    says: /tiff2vips: .*(?:not supported|not implemented|not configured)/i,
    code: 'format-unsupported',
    means: ({ what }) => `${what} is a TIFF that uses what is not decoded here; ${CONVERT}`,
  },
  {
    name: 'colours',
    says: /no known route from '(\w+)'/,
    code: 'format-unsupported',
    means: ({ what }) => `${what} is in colours or inks that are not known here; ${CONVERT}`,
  },
  {
    name: 'wrong checksum, or cut short',
    // On a wrong checksum, libpng fails without a message, and sharp reports an unknown error.
    says: /libpng read error|^Unknown error$/,
    code: 'picture-damaged',
    means: ({ what }) => `${what} is damaged: PNG data is missing or does not match its checksum. Send it again.`,
  },
  {
    name: 'cut short',
    says: anyOf(
      [
        ...['premature end', 'Unexpected end of', 'Insufficient input data', 'outside of file bounds'],
        ...['Not enough data', '(?:Read|Seek) error', 'contains no image', 'missing SOS', 'Input Buffer is empty'],
      ],
      'i',
    ),
    code: 'picture-damaged',
    means: ({ what }) => `${what} breaks off: a part of the file is missing. Send the whole file.`,
  },
  {
    name: 'unreadable header',
    says: /corrupt header|unsupported image format|bad dimensions/,
    code: 'picture-damaged',
    means: ({ what }) => `${what} is damaged: its header cannot be read. Send it again.`,
  },
  {
    name: 'unreadable data',
    // A decoder may fail without a message; then the encoder reports that there is nothing to write.
    says: anyOf([
      'Vips(?:Jpeg|Png|ForeignLoad)',
      'vipspng:',
      'webp(?:2vips)?:',
      'gifload\\w*:',
      'heif(?:load)?:',
      'tiff2vips:',
      'Warning treated as error',
      'unable to write to target',
    ]),
    code: 'picture-damaged',
    means: ({ what }) => `${what} is damaged: some of its data cannot be decoded. Send it again.`,
  },
];

/**
 * Turns errors of decoders and encoders into Problems; the only place that does. Any other error is returned
 * unchanged.
 */
export function codecProblem(error: unknown, subject: Subject = {}): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const row = CODEC_ERRORS.find(({ says }) => says.test(error.message));
  if (!row) return error;
  const [, ...found] = row.says.exec(error.message) ?? [];
  return new Problem(row.code, row.means({ what: 'The picture', ...subject }, found), { cause: error });
}
