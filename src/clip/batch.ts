import { Problem } from '#contract/problems';

/** Errors of a single picture; the others are still answered. Any other error fails the whole request. */
const OWN_FAULTS: readonly string[] = ['picture-damaged', 'too-many-pixels'];

/**
 * Processes the pictures of one request, at most `lanes` at a time, so that a large batch does not block requests with
 * one picture.
 * @returns for each picture, in order, its result or its problem
 * @throws any error that does not belong to a single picture
 */
export async function eachPicture<T>(
  pictures: readonly Uint8Array[],
  lanes: number,
  work: (bytes: Uint8Array, place: number) => Promise<T>,
): Promise<(T | Problem)[]> {
  const results = new Array<T | Problem>(pictures.length);
  const line = pictures.entries();
  const lane = async () => {
    for (const [place, bytes] of line) results[place] = await work(bytes, place).catch(ownFault);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, pictures.length) }, lane));
  return results;
}

function ownFault(error: unknown): Problem {
  if (error instanceof Problem && OWN_FAULTS.includes(error.code)) return error;
  throw error;
}
