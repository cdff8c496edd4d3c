import type { IncomingHttpHeaders } from 'node:http';
import { envText } from '#config/env';
import { stageTimes } from '#report/stage-times';
import type { ObjectStore } from '#storage/store';
import { classificationJson } from './answers.ts';
import { isOver, type Job, type JobPicture } from './job-record.ts';

/** How many seconds a link straight into the store is valid. */
const LINK_LASTS = 3_600;

/**
 * The path under which the caller reached this function, ending in a slash. A function cannot know it: `PIPELINE_BASE`
 * says so, or, if frontend-fn forwards the request, the header `X-Mounted-At`.
 */
export function baseOf({ 'x-mounted-at': mount }: IncomingHttpHeaders): string {
  if (typeof mount === 'string' && /^\/(?:[\w.~%-]+\/){0,9}$/.test(mount)) return mount;
  return envText('PIPELINE_BASE', '/function/pipeline-fn/').replace(/\/*$/, '/');
}

/** A job's address. */
export function addressOf({ base, id }: Job): string {
  return `${base}jobs/${id}`;
}

/** A job as its client sees it; with one picture, it has the members of a run of one picture. */
export async function jobJson(store: ObjectStore, job: Job): Promise<object> {
  const { id, state, attempts, batch, error } = job;
  const own = addressOf(job);
  const pictures = await Promise.all(
    job.pictures.map((picture, index) => pictureJson(store, picture, `${own}/pictures/${index}`)),
  );
  return {
    // The job's own members come last: a classification may have members of the same name.
    ...(batch ? { pictures, stages: stageTimes(job.pictures) } : pictures[0]),
    id,
    state,
    ...times(job),
    attempts,
    done: job.pictures.reduce((sum, { steps }) => sum + steps.length, 0),
    of: job.pictures.filter(({ upload }) => upload).length * job.steps.length,
    ...(error && { error }),
    links: {
      self: own,
      events: `${own}/events`,
      ...(isOver(job) && {
        timeline: [`${own}/timeline.svg`, `${own}/timeline.png`],
        latency: [`${own}/latency.csv`, `${own}/latency.md`],
      }),
    },
  };
}

function times({ created, updated, expires }: Job): Record<string, string> {
  const stamps = Object.entries({ created, updated, expires });
  return Object.fromEntries(stamps.map(([name, ms]) => [name, new Date(ms).toISOString()]));
}

/** `ref` is for other functions (`{"ref": …}`), `url` for downloading. */
async function pictureJson(
  store: ObjectStore,
  { classification, steps, ref, error }: JobPicture,
  own: string,
): Promise<object> {
  const address = async (key: string, path: string) => ({
    ref: key,
    url: (await store.link(key, LINK_LASTS)) ?? `${own}/${path}`,
  });
  return {
    ...classificationJson(classification),
    steps: await Promise.all(
      steps.map(async (record) => (record.ref ? { ...record, ...(await address(record.ref, record.name)) } : record)),
    ),
    ...(ref !== undefined && { picture: await address(ref, 'last') }),
    ...(error && { error }),
  };
}
