import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { Problem } from '#contract/problems';
import { Classifier } from './classifier.ts';
import { dot } from './vectors.ts';

/** The answers of the reference implementation, which training/parity stored next to a model. */
interface Reference {
  texts: string[];
  /** Width and height of each picture. */
  pictures: [number, number][];
  image: number[][];
  text: number[][];
  /** Softmax over the texts, one row per picture. */
  scores: number[][];
}

export interface Parity {
  /** Smallest cosine between our embeddings and those of the reference. */
  image: number;
  text: number;
  /** Largest difference of a score. */
  score: number;
  /** Number of pictures and texts compared. */
  compared: { pictures: number; texts: number };
}

/** The same picture as in training/parity/reference.py: shapes and noise, different for each size; as PNG. */
function noise(width: number, height: number): Promise<Buffer> {
  const data = new Uint8Array(width * height * 3);
  let state = (width * 65537 + height) >>> 0;
  for (let i = 0; i < data.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    data[i] = (state >>> 25) + ((x * 2 + y * 3 + channel * 40) >> 1);
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Compares a model with its reference answers, through the whole path of a request. */
export async function compareWithReference(modelsFolder: string, model: string, workerUrl: URL): Promise<Parity> {
  const file = path.join(modelsFolder, model, 'reference.json');
  const { texts, pictures, image, text, scores }: Reference = JSON.parse(await readFile(file, 'utf8'));
  const classifier = new Classifier({ modelsFolder, model, workerUrl, defaultLabelset: 'cats-dogs' });
  try {
    const encoded = await Promise.all(pictures.map(([width, height]) => noise(width, height)));
    const seen = await classifier.embedPictures(encoded);
    const embedded = await classifier.embedTexts(texts);
    const labelled = await classifier.classify(encoded, { labels: texts, prompt: 'none', top: texts.length });
    const vectors = seen.pictures.map((one) => fine(one).vector);
    const differences = labelled.pictures.flatMap((one, i) =>
      fine(one).labels.map(({ label, score }) => Math.abs(score - (scores[i]?.[texts.indexOf(label)] ?? Number.NaN))),
    );
    return {
      image: smallestCosine(vectors, image),
      text: smallestCosine(embedded.vectors, text),
      score: Math.max(...differences),
      compared: { pictures: pictures.length, texts: texts.length },
    };
  } finally {
    await classifier.close();
  }
}

function fine<T>(one: T | Problem): T {
  if (one instanceof Problem) throw one;
  return one;
}

function smallestCosine(ours: Float32Array[], theirs: number[][]): number {
  return Math.min(...ours.map((vector, i) => dot(vector, Float32Array.from(theirs[i] ?? []))));
}
