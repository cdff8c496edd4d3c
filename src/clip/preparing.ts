import type { Model } from './models.ts';
import { centreCrop, decode } from './preprocess.ts';
import { type Job, type PictureJob, stopwatch, type Work, type WorkResult } from './protocol.ts';

/** Prepares pictures: decodes, resizes and cuts them. */
export const prepare: Work = (_: Model, jobs: Job[]) => Promise.allSettled((jobs as PictureJob[]).map(prepareOne));

async function prepareOne({ bytes, size, rules }: PictureJob): Promise<WorkResult<Uint8Array>> {
  const clock = stopwatch();
  const picture = await decode(bytes, size, rules);
  const decoded = clock();
  const data = centreCrop(picture, size);
  return { data, timings: { decode: decoded, preprocess: clock() } };
}
