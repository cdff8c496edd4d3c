import { Problem } from '#contract/problems';
import type { Classifier } from '../../src/clip/index.ts';
import { dot } from '../../src/clip/vectors.ts';
import type { Photo } from './confidence.ts';
import type { Sample } from './data.ts';

/** Pictures and texts in one batch: photos from cameras must fit the classifier's memory. */
const AT_ONCE = 16;
const TEXTS_AT_ONCE = 500;

/** A sample and its embedding, of length 1. */
export interface Embedded {
  sample: Sample;
  vector: Float32Array;
}

/** Called with the number of finished pictures. */
export type Progress = (done: number) => void;

/** Embeddings and failures so far: the sets of a run share pictures, and a run has one model. */
const known = new WeakMap<Sample, Float32Array | Problem>();

/** Embeds pictures; skips those that cannot be read. */
export async function embedSamples(
  classifier: Classifier,
  samples: readonly Sample[],
  onProgress: Progress,
): Promise<Embedded[]> {
  const fresh = samples.filter((sample) => !known.has(sample));
  for (let from = 0; from < fresh.length; from += AT_ONCE) {
    const some = fresh.slice(from, from + AT_ONCE);
    const { pictures } = await classifier.embedPictures(await Promise.all(some.map((sample) => sample.read())));
    for (const [i, one] of pictures.entries()) known.set(some[i] as Sample, one instanceof Problem ? one : one.vector);
    onProgress(samples.length - fresh.length + from + some.length);
  }
  return samples.flatMap((sample) => {
    const vector = known.get(sample);
    return vector instanceof Float32Array ? [{ sample, vector }] : [];
  });
}

/** The embedding of each text, of length 1. */
export async function embedTexts(
  classifier: Classifier,
  texts: readonly string[],
  prompt: string,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE)
    vectors.push(...(await classifier.embedTexts(texts.slice(from, from + TEXTS_AT_ONCE), prompt)).vectors);
  return vectors;
}

/** Compares pictures with names. Skips pictures that have none of the names. */
export async function photosOf(
  classifier: Classifier,
  samples: readonly Sample[],
  names: readonly string[],
  prompt: string,
  onProgress: Progress,
): Promise<Photo[]> {
  const places = new Map(names.map((name, place) => [name, place]));
  const texts = await embedTexts(classifier, names, prompt);
  const embedded = await embedSamples(classifier, samples, onProgress);
  return embedded.flatMap(({ sample, vector }) => {
    const [truth, ...alsoRight] = sample.labels.flatMap((label) => places.get(label) ?? []);
    if (truth === undefined) return [];
    return [{ cosines: Float32Array.from(texts, (text) => dot(text, vector)), truth, alsoRight }];
  });
}
