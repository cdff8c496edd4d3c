import { readFile } from 'node:fs/promises';
import type { Classifier } from '../../src/clip/index.ts';
import { UsageError } from '../models/usage-error.ts';
import { COUNTS, confidenceTable, drawLabels, judgeConfidence } from './confidence.ts';
import type { Sample } from './data.ts';
import { CLASSES, type FewShotFigures, judgeFewShot, SHOTS } from './few-shot.ts';
import { judge } from './judge.ts';
import { percent, table } from './report.ts';
import { judgeSearch } from './search.ts';
import { judgeSynonyms, type Pair } from './synonyms.ts';
import { embedSamples, embedTexts, type Progress, photosOf } from './vectors.ts';

/* The kinds of evaluation, each with a few figures and a detailed table. */

/** How to evaluate. */
export interface EvaluationOptions {
  labels: readonly string[];
  prompt: string;
  /** The file with pairs of words. */
  pairs: string;
  onProgress: Progress;
}

export interface Judged {
  pictures: number;
  /** Shares from 0 to 1. */
  figures: Record<string, number>;
  /** Markdown. */
  detail: string;
}

type Judge = (classifier: Classifier, samples: readonly Sample[], options: EvaluationOptions) => Promise<Judged>;

export const KINDS = { labels, states, synonyms, search, examples } satisfies Record<string, Judge>;
export type Kind = keyof typeof KINDS;

/** First answers: `first` and `five` count any of a picture's names, `specific` its most specific one. */
async function labels(...[classifier, samples, { labels: names, prompt, onProgress }]: Parameters<Judge>) {
  const { figures } = await judge(classifier, samples, names, prompt, onProgress);
  const { any1, any5, top1, pictures, confusions } = figures;
  const rows = confusions.map(({ truth, said, times }) => [truth, said, times]);
  const detail = table(['it is', 'the model says', 'times'], rows);
  return { pictures, figures: { first: any1, five: any5, specific: top1 }, detail };
}

/** How sure answers are by the model's manifest: the worst over all numbers of labels. */
async function states(...[classifier, samples, { labels: names, prompt, onProgress }]: Parameters<Judge>) {
  const { logitScale, minCosine, confidence } = await classifier.model();
  const photos = await photosOf(classifier, samples, names, prompt, onProgress);
  const draws = COUNTS.map((count) => drawLabels(photos, count, logitScale, 5)).filter(
    ({ offered }) => offered.length > 0,
  );
  if (draws.length === 0) throw new UsageError('There are too few names, or no photo shows one of them.');
  const judged = draws.map((draw) => judgeConfidence(draw, { confidence, modelMinCosine: minCosine }));
  const several = judged.filter((one) => one.labels > 1);
  const few = several.filter((one) => one.labels >= 5 && one.labels <= 20);
  return {
    pictures: photos.length,
    figures: {
      rightCalledNone: Math.max(...several.map(({ rightNone }) => rightNone)),
      absentNotSure: Math.min(...few.map(({ absentSure }) => 1 - absentSure)),
    },
    detail: confidenceTable(judged),
  };
}

async function synonyms(
  ...[classifier, samples, { labels: names, prompt, pairs: file, onProgress }]: Parameters<Judge>
) {
  const pairs = await readPairs(file);
  const words = [...new Set([...names, ...pairs.map(([, other]) => other)])];
  const vectors = await embedTexts(classifier, words, prompt);
  const texts = new Map(words.map((word, i) => [word, vectors[i] as Float32Array]));
  const embedded = await embedSamples(classifier, samples, onProgress);
  const pictures = embedded.map(({ vector }) => vector);
  const { same, nearest, pairs: each } = judgeSynonyms(pictures, names, pairs, texts);
  const rows = each.map(({ pair, won, same: both, nearest: near }) => [...pair, won, both, near ? 'yes' : 'no']);
  const head = ['name', 'other word', 'pictures that either wins', 'that both win', 'nearest of all names'];
  return { pictures: pictures.length, figures: { same, nearest }, detail: table(head, rows) };
}

/** @throws UsageError */
async function readPairs(file: string): Promise<Pair[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`There is no ${file}.`, 2);
  });
  try {
    const pairs = JSON.parse(text) as unknown[];
    const isPair = (one: unknown) =>
      Array.isArray(one) && one.length === 2 && one.every((word) => typeof word === 'string');
    if (pairs.every(isPair)) return pairs as Pair[];
  } catch {
    // Reported below.
  }
  throw new UsageError(`${file} cannot be used: it must be a JSON array of pairs of words.`);
}

/** Search by sentences, without a prompt, like `/rank`. */
async function search(...[classifier, samples, { onProgress }]: Parameters<Judge>) {
  const sentences = [...new Set(samples.flatMap(({ texts = [] }) => texts))];
  if (sentences.length === 0) throw new UsageError('No picture has "texts" to search for.');
  const vectors = await embedTexts(classifier, sentences, 'none');
  const texts = new Map(sentences.map((text, i) => [text, vectors[i] as Float32Array]));
  const figures = judgeSearch(await embedSamples(classifier, samples, onProgress), texts);
  const { first, three, reciprocal, found, pictures } = figures;
  const rows = found.sort((a, b) => b.rank - a.rank).map(({ text, rank }) => [text, rank]);
  return { pictures, figures: { first, three, reciprocal }, detail: table(['sentence', 'rank of its picture'], rows) };
}

/** Classes by example. `pictures` and `words`: five classes with three examples each, without and with words. */
async function examples(...[classifier, samples, { prompt, onProgress }]: Parameters<Judge>) {
  const { logitScale } = await classifier.model();
  const names = [...new Set(samples.flatMap((sample) => sample.labels.slice(0, 1)))];
  const vectors = await embedTexts(classifier, names, prompt);
  const texts = new Map(names.map((name, i) => [name, vectors[i] as Float32Array]));
  const embedded = await embedSamples(classifier, samples, onProgress);
  const all = [undefined, texts].flatMap((words) =>
    CLASSES.flatMap((classes) => SHOTS.map((shots) => judgeFewShot(embedded, { classes, shots }, logitScale, words))),
  );
  const judged = all.filter(({ episodes }) => episodes > 0);
  if (judged.length === 0) throw new UsageError('There are too few names with two pictures or more.');
  const typical = (words: boolean) => judged.find((one) => one.words === words && one.classes === 5 && one.shots === 3);
  const sum = (of: (one: FewShotFigures) => number) =>
    judged.reduce((total, one) => total + of(one), 0) / judged.length;
  return {
    pictures: embedded.length,
    figures: {
      pictures: typical(false)?.top1 ?? 0,
      words: typical(true)?.top1 ?? 0,
      rightCalledNone: sum(({ rightNone }) => rightNone),
      absentNotSure: sum(({ absentSure }) => 1 - absentSure),
    },
    detail: table(FEW_SHOT_HEAD, judged.map(fewShotRow)),
  };
}

const FEW_SHOT_HEAD = [
  ...['classes', 'examples of each', 'words', 'first right %', 'mean score %', 'right: sure %', 'right: none %'],
  ...['of none: not sure or none %', 'of these none %'],
];

function fewShotRow({ classes, shots, words, ...figures }: FewShotFigures): (string | number)[] {
  const { top1, score, rightSure, rightNone, absentSure, absentNone } = figures;
  const shares = [top1, score, rightSure, rightNone, 1 - absentSure, absentNone];
  return [classes, shots, words ? 'yes' : 'no', ...shares.map(percent)];
}
