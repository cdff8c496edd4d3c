import { Problem } from '#platform/problems';
import type { Classifier } from '../../src/clip/index.ts';
import type { Photo } from './confidence.ts';
import type { Sample } from './data.ts';

const AT_ONCE = 64;
const TEXTS_AT_ONCE = 500;

/** Holds photos against names. Photos that cannot be read, or show none of the names, are left out. */
export async function photosOf(
  classifier: Classifier,
  samples: readonly Sample[],
  names: readonly string[],
  prompt: string,
  onProgress: (done: number) => void,
): Promise<Photo[]> {
  const places = new Map(names.map((name, place) => [name, place]));
  const texts: Float32Array[] = [];
  for (let from = 0; from < names.length; from += TEXTS_AT_ONCE)
    texts.push(...(await classifier.embedTexts(names.slice(from, from + TEXTS_AT_ONCE), prompt)).vectors);
  const photos: Photo[] = [];
  for (let from = 0; from < samples.length; from += AT_ONCE) {
    const some = samples.slice(from, from + AT_ONCE);
    const { pictures } = await classifier.embedPictures(await Promise.all(some.map((sample) => sample.read())));
    for (const [i, { labels }] of some.entries()) {
      const one = pictures[i];
      const [truth, ...alsoRight] = labels.flatMap((label) => places.get(label) ?? []);
      if (!one || one instanceof Problem || truth === undefined) continue;
      photos.push({ cosines: Float32Array.from(texts, (text) => dot(text, one.vector)), truth, alsoRight });
    }
    onProgress(from + some.length);
  }
  return photos;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}
