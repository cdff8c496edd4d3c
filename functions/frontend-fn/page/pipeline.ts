import type { Recorded } from '#contract/step-record';
import { operationTitle, TEXTS } from '../texts.ts';
import { latest, PageError } from './api.ts';
import { announce, button, byId, el } from './dom.ts';
import { drawings } from './drawings.ts';
import type { LabelChoice } from './label-choice.ts';
import { type Kinds, type Options, operations, type Step } from './operations.ts';
import { failed, isOld } from './page-error.ts';
import { MOST_IN_RUN, type Picture } from './picture.ts';
import { pipelineStrip } from './pipeline-strip.ts';
import { type RunWatcher, run } from './run.ts';
import { stepList } from './step-list.ts';
import { timeline } from './timeline.ts';

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
  const next = latest();
  const flow = el('ol', { class: 'flow' });
  const list = stepList(KINDS, () => drawFlow());
  const results = el('div', { class: 'run' });
  let clear = (): void => undefined;
  const drawFlow = (): void => flow.replaceChildren(...flowOf(list.element));

  const start = async (): Promise<void> => {
    const signal = next();
    clear();
    const shown = view(pictures);
    clear = shown.free;
    results.replaceChildren(shown.element);
    buttons.running(true);
    try {
      const began = performance.now();
      await run(formOf(pictures, stepsOf(list.steps(), choice)), shown.watcher, signal);
      shown.finish(performance.now() - began);
    } catch (error) {
      shown.stop();
      if (isOld(error)) return;
      results.append(failed(error, () => void start()));
    }
    if (!signal.aborted) buttons.running(false);
  };
  const buttons = runButtons(
    () => void start(),
    () => void next(),
  );
  list.replace(BEGINNING);
  drawFlow();
  const panel = el('div', { class: 'panel' }, flow, buttons.element, change(list.element));
  byId('pipeline').append(el('p', { class: 'lead' }, words.intro), panel, results);
  return {
    update(now) {
      pictures = now;
      buttons.count(now.length);
    },
  };
}

/** Start, and stop while something runs. */
function runButtons(onStart: () => void, onStop: () => void) {
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
  return { element: el('div', { class: 'actions' }, start, stop), running, count };
}

/** The chosen steps by their names, in order. */
function flowOf(editor: HTMLElement): HTMLElement[] {
  const steps = [...editor.querySelectorAll<HTMLElement>('.step')];
  return steps.map(({ dataset }) => el('li', {}, operationTitle(dataset.step ?? '')));
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
  form.append('pictures', 'all');
  for (const { blob, name } of pictures) form.append('images', blob, name);
  return form;
}

/** What is seen of one run. */
function view(pictures: readonly Picture[]) {
  const records: Recorded[] = pictures.map(() => ({ steps: [] }));
  const lines = timeline();
  const ways = pictures.map((picture) => pipelineStrip(picture));
  const status = el('p', { class: 'hint', role: 'status' }, words.starting);
  const element = el('div', { class: 'run-view' }, status, lines.element, ...ways.map((strip) => strip.element));
  const watcher: RunWatcher = {
    begun: (steps) => {
      const names = steps.map(({ name }) => name);
      lines.begin(
        names,
        pictures.map(({ name }) => name),
      );
    },
    step: ({ picture, image, contentType, ...record }) => {
      records[picture]?.steps.push(record);
      lines.draw(records);
      ways[picture]?.step({ picture, ...record, ...(image && { image }), ...(contentType && { contentType }) });
      status.textContent = words.running;
    },
    picture: (event) => ways[event.picture]?.done(event),
  };
  const finish = (ms: number): void => {
    lines.finish(records);
    status.textContent = words.done(pictures.length, ms);
    announce(status.textContent);
    lines.element.after(drawings(records));
  };
  const stop = (): void => {
    lines.finish(records);
    status.remove();
  };
  const free = (): void => {
    for (const strip of ways) strip.free();
  };
  return { element, watcher, finish, stop, free };
}
