import { createSemaphore } from '#platform/limiter';
import { workBudget } from '#platform/memory';
import type { Model } from './models.ts';
import { centreCrop, decode, type Room } from './preprocess.ts';
import { type Job, type PictureJob, stopwatch, type Work, type WorkResult } from './protocol.ts';

/** Prepares pictures: decodes, resizes and cuts them. @param workers that share the process's memory */
export function preparer(workers: number): Work {
  const room = createSemaphore(Math.floor(workBudget.total / workers), Number.POSITIVE_INFINITY);
  return (_: Model, jobs: Job[]) => Promise.allSettled((jobs as PictureJob[]).map((job) => prepareOne(job, room)));
}

async function prepareOne({ bytes, size, rules }: PictureJob, room: Room): Promise<WorkResult<Uint8Array>> {
  const clock = stopwatch();
  const picture = await decode(bytes, size, rules, room);
  const decoded = clock();
  const data = centreCrop(picture, size);
  return { data, timings: { decode: decoded, preprocess: clock() } };
}
