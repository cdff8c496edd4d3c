import { Problem } from '#contract/problems';

/** What may be wrong with one picture while the others are fine; anything else is wrong with the whole request. */
const OWN_FAULTS: readonly string[] = ['picture-damaged', 'too-many-pixels'];

/**
 * Works on the pictures of one request, at most `lanes` of them at once, so that requests of one picture find gaps
 * between those of a large batch.
 * @returns in order, the answers or what is wrong with a picture
 * @throws whatever is not the fault of one picture
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
