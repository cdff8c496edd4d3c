import { Problem } from '#platform/problems';

/** sharp's own words for what went wrong → our problem. What is not the picture's fault stays an internal error. */
const CAUSES: [RegExp, () => Problem][] = [
  [/^timeout:/, () => new Problem('timed-out', 'The work took too long and was stopped.')],
  [
    /Processed image is too large for the (\w+) format/,
    () =>
      new Problem(
        'too-many-pixels',
        'The result is larger than its format can hold; choose another, or a smaller size.',
      ),
  ],
  [/exceeds pixel limit/, () => new Problem('too-many-pixels', 'The picture has more pixels than are allowed here.')],
  [
    // PNG's decoder ends on a broken checksum without a word, which sharp calls unknown.
    /^(Unknown error$|Input (buffer|file)|Warning treated as error)|load(_buffer)?:|Vips(Jpeg|Png|ForeignLoad)|premature end|no known route|truncat|corrupt|invalid|unable to|bad |libspng|webp|heif|tiff|gif/i,
    () => new Problem('picture-damaged', 'The picture is damaged or incomplete; it cannot be decoded.'),
  ],
];

/** One normaliser at the engine's edge. */
export function asProblem(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const problem = CAUSES.find(([pattern]) => pattern.test(error.message))?.[1]();
  if (!problem) return error;
  problem.cause = error;
  return problem;
}
