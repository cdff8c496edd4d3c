import { Problem } from '#contract/problems';
import type { Classifier } from '../../src/clip/index.ts';
import type { Sample } from './data.ts';
import { measure, type SetFigures, type Verdict } from './measure.ts';

export interface Judgement {
  figures: SetFigures;
  unreadable: number;
  unlabelled: number;
}

/** Pictures in one batch: photos from cameras must fit the classifier's memory. */
const AT_ONCE = 16;

/**
 * Classifies the samples of one set.
 * @param labels the offered labels; the correct one is the first of a sample's names that is among them
 */
export async function judge(
  classifier: Classifier,
  samples: readonly Sample[],
  labels: readonly string[],
  prompt: string,
  onProgress: (done: number) => void,
): Promise<Judgement> {
  const names = new Set(labels);
  const known = samples.flatMap((sample) => {
    const [truth, ...alsoRight] = sample.labels.filter((label) => names.has(label));
    return truth === undefined ? [] : [{ sample, truth, alsoRight }];
  });
  const verdicts: Verdict[] = [];
  for (let from = 0; from < known.length; from += AT_ONCE) {
    const some = known.slice(from, from + AT_ONCE);
    const bytes = await Promise.all(some.map(({ sample }) => sample.read()));
    const { pictures } = await classifier.classify(bytes, { labels, prompt, top: 5 });
    for (const [i, { truth, alsoRight }] of some.entries()) {
      const one = pictures[i];
      if (one && !(one instanceof Problem)) verdicts.push({ truth, alsoRight, best: one.labels, unknown: one.unknown });
    }
    onProgress(from + some.length);
  }
  return {
    figures: measure(verdicts, names.size),
    unreadable: known.length - verdicts.length,
    unlabelled: samples.length - known.length,
  };
}
