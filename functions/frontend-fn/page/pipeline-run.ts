import type { Recorded } from '#contract/step-record';
import { operationTitle, TEXTS } from '../texts.ts';
import { announce, el, set } from './dom.ts';
import { drawings } from './drawings.ts';
import type { Picture } from './picture.ts';
import { pipelineStrip } from './pipeline-strip.ts';
import { type Progress, progress } from './progress.ts';
import type { RunWatcher } from './run.ts';
import { type Timeline, timeline } from './timeline.ts';

const { pipeline: words } = TEXTS;

/** What is seen of one run. */
export interface PipelineRun {
  element: HTMLElement;
  watcher: RunWatcher;
  finish(ms: number): void;
  /** It broke off or was stopped. */
  stop(): void;
  /** Frees its pictures. */
  free(): void;
}

/** @param flow the chips of the steps, of which the current ones are marked */
export function pipelineRun(pictures: readonly Picture[], flow: HTMLElement): PipelineRun {
  const records: Recorded[] = pictures.map(() => ({ steps: [] }));
  const lines = timeline();
  const ways = pictures.map((picture) => pipelineStrip(picture));
  const going = progress(pictures.length);
  const said = el('span', { role: 'status' }, words.starting);
  const clock = stopwatch();
  const status = el('p', { class: 'hint' }, said, ' ', clock.element);
  const element = el('div', { class: 'run-view' }, status, lines.element, ...ways.map((strip) => strip.element));
  const mark = (): void => markCurrent(pictures.length, going, lines, flow, said);
  const over = (): void => {
    clock.stop();
    lines.finish(records);
    for (const chip of flow.children) chip.removeAttribute('aria-current');
  };
  return {
    element,
    watcher: watcherOf({ pictures, records, lines, ways, going, mark }),
    finish(ms) {
      over();
      status.textContent = words.done(pictures.length, ms);
      announce(status.textContent);
      lines.element.after(drawings(records));
    },
    stop() {
      over();
      status.remove();
    },
    free() {
      for (const strip of ways) strip.free();
    },
  };
}

interface Parts {
  pictures: readonly Picture[];
  records: Recorded[];
  lines: Timeline;
  /** What became of each picture. */
  ways: ReturnType<typeof pipelineStrip>[];
  going: Progress;
  /** Marks the steps that are worked on. */
  mark(): void;
}

/** Draws what a run tells of itself. */
function watcherOf({ pictures, records, lines, ways, going, mark }: Parts): RunWatcher {
  return {
    begun(steps) {
      lines.begin(namesOf(steps), namesOf(pictures));
      going.begun(steps);
      mark();
    },
    step({ picture, image, contentType, ...record }) {
      records[picture]?.steps.push(record);
      lines.draw(records);
      ways[picture]?.step({ picture, ...record, ...(image && { image }), ...(contentType && { contentType }) });
      going.step(picture, record.name, record.error !== undefined);
      mark();
    },
    picture(event) {
      ways[event.picture]?.done(event);
      going.picture(event.picture);
      mark();
    },
  };
}

const namesOf = (all: readonly { name: string }[]): string[] => all.map(({ name }) => name);

/** Marks the steps that are worked on: in the lines of each picture, among the chips, and in words. */
function markCurrent(pictures: number, going: Progress, lines: Timeline, flow: HTMLElement, said: HTMLElement): void {
  const names = new Set<string>();
  for (let picture = 0; picture < pictures; picture++) {
    const current = going.current(picture);
    lines.mark(picture, current);
    for (const name of current) names.add(name);
  }
  // A second step of one kind has a number at its end.
  const kinds = new Set([...names].map((name) => name.replace(/-?\d+$/, '')));
  for (const chip of flow.querySelectorAll<HTMLElement>('[data-step]'))
    set(chip, { 'aria-current': kinds.has(chip.dataset.step ?? '') && 'step' });
  const sentence = words.running([...kinds].map(operationTitle));
  if (said.textContent !== sentence) said.textContent = sentence;
}

/** Milliseconds between two looks at the clock. */
const TICK = 100;

/** The time that runs; for people who listen, the steps say enough. */
function stopwatch() {
  const element = el('span', { class: 'stopwatch', 'aria-hidden': 'true' });
  const began = performance.now();
  const show = (): void => {
    element.textContent = words.seconds((performance.now() - began) / 1_000);
  };
  const timer = setInterval(show, TICK);
  show();
  return { element, stop: () => clearInterval(timer) };
}
