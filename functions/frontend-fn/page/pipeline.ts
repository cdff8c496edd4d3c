import { operationTitle, TEXTS } from '../texts.ts';
import { latest, PageError } from './api.ts';
import { button, byId, el } from './dom.ts';
import { jobList } from './job-list.ts';
import type { LabelChoice } from './label-choice.ts';
import { type Kinds, type Options, operations, type Step } from './operations.ts';
import { failed, isOld } from './page-error.ts';
import { MOST_IN_RUN, type Picture } from './picture.ts';
import { type PipelineRun, pipelineRun } from './pipeline-run.ts';
import { run } from './run.ts';
import { stepList } from './step-list.ts';

const { pipeline: words } = TEXTS;

const CLASSIFY = 'classify';
/** What a pipeline may do: every operation, and naming what is in the picture. */
const KINDS: Kinds = { ...operations, [CLASSIFY]: { summary: words.classifyHint, options: looksAt() } };
/** What is in it is asked of the picture as it came: a classifier knows objects with what is around them. */
const BEGINNING: Step[] = [
  { name: 'denoise', options: {} },
  { name: 'cutout', options: {} },
  { name: CLASSIFY, options: { sees: 'original' } },
];

function looksAt(): Options {
  return { sees: { type: 'string', enum: ['last', 'original'], default: 'last', allowed: 'last or original' } };
}

export interface Pipeline {
  /** The pictures have changed. */
  update(pictures: readonly Picture[]): void;
}

/** Pictures through several functions, one after the other, with a timeline. */
export function pipeline(choice: LabelChoice): Pipeline {
  let pictures: readonly Picture[] = [];
  const flow = el('ol', { class: 'flow' });
  const list = stepList(KINDS, () => drawFlow());
  const drawFlow = (): void => flow.replaceChildren(...flowOf(list.element));
  const form = (): FormData => formOf(pictures, stepsOf(list.steps(), choice));
  const runs = runner(() => pipelineRun(pictures, flow), form);
  const jobs = jobList(form);
  const buttons = runButtons(runs.start, runs.stop, jobs.start);
  runs.onRunning(buttons.running);
  list.replace(BEGINNING);
  drawFlow();
  const panel = el('div', { class: 'panel' }, flow, buttons.element, change(list.element));
  byId('pipeline').append(el('p', { class: 'lead' }, words.intro), panel, runs.element, jobs.element);
  return {
    update(now) {
      pictures = now;
      buttons.count(now.length);
    },
  };
}

/** Runs what is chosen; a newer run takes the place of an older one. @param view of a run that begins */
function runner(view: () => PipelineRun, formOf: () => FormData) {
  const next = latest();
  const element = el('div', { class: 'run' });
  let tell = (_isRunning: boolean): void => undefined;
  let clear = (): void => undefined;
  const start = async (): Promise<void> => {
    const signal = next();
    clear();
    const shown = view();
    clear = shown.free;
    element.replaceChildren(shown.element);
    tell(true);
    try {
      const began = performance.now();
      const form = formOf();
      form.append('pictures', 'all');
      await run(form, shown.watcher, signal);
      shown.finish(performance.now() - began);
    } catch (error) {
      shown.stop();
      if (isOld(error)) return;
      element.append(failed(error, () => void start()));
    }
    if (!signal.aborted) tell(false);
  };
  return {
    element,
    start: () => void start(),
    stop: () => void next(),
    onRunning(listener: (isRunning: boolean) => void) {
      tell = listener;
    },
  };
}

/** Start, stop while something runs, and a job for later. */
function runButtons(onStart: () => void, onStop: () => void, onJob: () => void) {
  const running = (isRunning: boolean): void => {
    start.disabled = isRunning;
    stop.hidden = !isRunning;
  };
  const halt = (): void => {
    onStop();
    running(false);
  };
  const start = button(words.run(1), onStart, { class: 'button', id: 'run' });
  const stop = button(words.stop, halt, { class: 'quiet', hidden: true });
  const count = (pictures: number): void => {
    start.textContent = words.run(pictures);
  };
  const job = button(words.asJob, onJob, { class: 'quiet', id: 'run-job' });
  return { element: el('div', { class: 'actions' }, start, stop, job), running, count };
}

/** The chosen steps by their names, in order. */
function flowOf(editor: HTMLElement): HTMLElement[] {
  const steps = [...editor.querySelectorAll<HTMLElement>('.step')];
  return steps.map(({ dataset }) => el('li', { 'data-step': dataset.step }, operationTitle(dataset.step ?? '')));
}

function change(editor: HTMLElement): HTMLElement {
  const hint = el('p', { class: 'hint' }, `${operationTitle(CLASSIFY)}: ${words.classifyHint}`);
  return el('details', { class: 'more' }, el('summary', {}, words.change), editor, hint);
}

/** Steps as pipeline-fn reads them. @throws PageError */
function stepsOf(steps: Step[], choice: LabelChoice): string {
  if (steps.length === 0) throw new PageError(words.nothing, 'not-yet');
  return JSON.stringify(
    steps.map(({ name, options }) => ({ step: name, ...options, ...(name === CLASSIFY && choice.options()) })),
  );
}

/** @throws PageError where the pictures are too many, or too large together */
function formOf(pictures: readonly Picture[], steps: string): FormData {
  if (pictures.length > MOST_IN_RUN) throw new PageError(words.tooMany(MOST_IN_RUN), 'too-many');
  const most = Number(document.querySelector('main')?.dataset.maxBytes) || Number.POSITIVE_INFINITY;
  const bytes = pictures.reduce((sum, { blob }) => sum + blob.size, 0);
  if (bytes > most) throw new PageError(words.tooLarge(bytes, most), 'body-too-large');
  const form = new FormData();
  form.append('steps', steps);
  for (const { blob, name } of pictures) form.append('images', blob, name);
  return form;
}
