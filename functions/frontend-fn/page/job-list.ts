import type { JobAnswer as Job } from '#contract/answers';
import { TEXTS } from '../texts.ts';
import { get, jsonOf, latest, PageError, post } from './api.ts';
import { announce, button, el } from './dom.ts';
import { failed, isOld } from './page-error.ts';

const { jobs: words } = TEXTS.pipeline;

/** The jobs of this tab: they outlive a reload, and no longer than the tab. */
const KEPT = 'obscura-jobs';
/** Milliseconds between two looks at a job that runs. */
const LOOK_EVERY = 1_000;

export interface JobList {
  element: HTMLElement;
  /** Puts the pipeline into the queue as a job. */
  start(): void;
}

/**
 * Starts jobs and tells how they stand, with links to what they made.
 * @param form pictures and steps. It may throw PageError
 */
export function jobList(form: () => FormData): JobList {
  const list = el('ul', { class: 'jobs' });
  const trouble = el('div');
  const clear = button(words.clear, () => become([]), { class: 'quiet' });
  const element = el('section', { class: 'job-list' }, el('h3', {}, words.title), trouble, list, clear);
  const next = latest();
  let jobs: Job[] = [];
  const become = (now: Job[]): void => {
    jobs = now;
    keep(jobs.map(({ links }) => links.self));
    list.replaceChildren(...jobs.map(itemOf));
    element.hidden = jobs.length === 0 && trouble.childElementCount === 0;
  };
  const update = (job: Job): void => become(jobs.map((one) => (one.id === job.id ? job : one)));
  const start = async (): Promise<void> => {
    trouble.replaceChildren();
    try {
      const { body } = await post('jobs', form(), { accept: 'application/json', signal: next() });
      const job = await jsonOf<Job>(body, isJob);
      become([job, ...jobs]);
      announce(words.started);
      await follow(job, update);
    } catch (error) {
      if (isOld(error)) return;
      element.hidden = false;
      trouble.replaceChildren(failed(error, () => void start()));
    }
  };
  element.hidden = true;
  void recall().then((before) => {
    become([...jobs, ...before]);
    for (const job of before) follow(job, update).catch(() => undefined);
  });
  return { element, start: () => void start() };
}

const isJob = ({ id, state, links }: Partial<Job>): boolean =>
  typeof id === 'string' && typeof state === 'string' && typeof links?.self === 'string';

/** Looks at a job until it is over. @throws PageError */
async function follow(job: Job, onChange: (job: Job) => void): Promise<void> {
  let { state } = job;
  while (state === 'queued' || state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    const now = await ask(job.links.self);
    ({ state } = now);
    onChange(now);
  }
}

async function ask(address: string): Promise<Job> {
  return jsonOf<Job>(await (await get(address, 'application/json')).blob(), isJob);
}

function keep(addresses: string[]): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(addresses));
  } catch {
    // A browser without storage forgets them at a reload.
  }
}

/** Jobs from before a reload; those that are past their time are left out. */
async function recall(): Promise<Job[]> {
  let addresses: unknown;
  try {
    addresses = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
  } catch {
    return [];
  }
  const own = Array.isArray(addresses) ? addresses.filter((one): one is string => typeof one === 'string') : [];
  const found = await Promise.all(own.map((address) => ask(address).catch((error: unknown) => gone(error))));
  return found.filter((job) => job !== undefined);
}

function gone(error: unknown): undefined {
  if (!(error instanceof PageError)) throw error;
  return undefined;
}

function itemOf({ id, state, done, of, created, links }: Job): HTMLElement {
  const link = (href: string | undefined, text: string) =>
    href !== undefined && el('a', { href, target: '_blank', rel: 'noopener' }, text);
  const when = new Date(created).toLocaleTimeString();
  const isUnderWay = state === 'queued' || state === 'running';
  return el(
    'li',
    { 'data-job': id, 'data-state': state },
    el('strong', {}, words.states[state] ?? state),
    el('span', { class: 'hint' }, words.about(when, done, of)),
    isUnderWay && el('progress', { max: Math.max(1, of), value: done, 'aria-label': words.progress }),
    link(links.self, words.answer),
    link(links.timeline?.[0], words.timeline),
    link(links.latency?.[0], words.latency),
  );
}
