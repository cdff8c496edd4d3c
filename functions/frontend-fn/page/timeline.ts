import type { Recorded, StepRecord } from '#contract/step-record';
import { stageTimes } from '#report/stage-times';
import { TEXTS } from '../texts.ts';
import { milliseconds } from '../words.ts';
import { bar, el, set } from './dom.ts';

const { pipeline: words } = TEXTS;

export interface Timeline {
  element: HTMLElement;
  /** One line a picture and step; those to come are waited for. */
  begin(steps: string[], pictures: string[]): void;
  /** A step is done: its line is drawn, and the others in proportion. */
  draw(records: Recorded[]): void;
  /** Marks the steps of a picture that are being worked on. */
  mark(picture: number, steps: string[]): void;
  /** What each step took over all pictures. */
  finish(records: Recorded[]): void;
}

/** Where the time went: lines that grow as steps finish, with their figures. */
export function timeline(): Timeline {
  const table = el('table', { class: 'timeline' });
  const element = el('div', { class: 'scrolls', role: 'group', 'aria-label': words.timeline, tabindex: 0 }, table);
  let lines: Map<string, HTMLElement>[] = [];
  return {
    element,
    begin(steps, pictures) {
      lines = pictures.map(() => new Map(steps.map((step) => [step, waitingLine(step)])));
      const bodies = pictures.map((name, index) =>
        el('tbody', {}, pictures.length > 1 && groupLine(name), ...(lines[index]?.values() ?? [])),
      );
      const titles = words.head.map((title) => el('th', { scope: 'col' }, title));
      table.replaceChildren(
        el('caption', {}, words.timeline, legend()),
        el('thead', {}, el('tr', {}, ...titles)),
        ...bodies,
      );
    },
    draw(records) {
      const end = Math.max(1, ...records.flatMap(({ steps }) => steps.map(endOf)));
      for (const [index, { steps }] of records.entries()) {
        for (const record of steps) lines[index]?.get(record.name)?.replaceWith(drawn(record, end, lines[index]));
      }
    },
    mark(picture, steps) {
      for (const [name, line] of lines[picture] ?? []) set(line, { 'aria-current': steps.includes(name) && 'step' });
    },
    finish(records) {
      for (const line of table.querySelectorAll('.to-come')) line.classList.replace('to-come', 'never');
      if (records.length > 1) table.append(medians(records));
    },
  };
}

/** The name of what the lines below belong to. */
function groupLine(name: string): HTMLElement {
  return el('tr', {}, el('th', { colspan: 5, scope: 'rowgroup', class: 'whose' }, name));
}

function waitingLine(step: string): HTMLElement {
  return el('tr', { class: 'to-come' }, ...cellsOf(step));
}

function drawn(record: StepRecord, end: number, lines: Map<string, HTMLElement> | undefined): HTMLElement {
  const line = el('tr', { class: record.error ? 'failed' : undefined }, ...cellsOf(record.name, record, end));
  lines?.set(record.name, line);
  return line;
}

function cellsOf(name: string, record?: StepRecord, end = 1): HTMLElement[] {
  const figures = record ? [record.ms.queue, record.ms.call, record.ms.work].map(figure) : ['', '', ''];
  return [
    el('th', { scope: 'row' }, name),
    el('td', { class: 'track' }, bar(record ? piecesOf(record, end) : [])),
    ...figures.map((text) => el('td', { class: 'figure' }, text)),
  ];
}

/** Waiting light, calling in colour, and within the call the part that the function itself worked. */
function piecesOf({ start, ms, error }: StepRecord, end: number): Parameters<typeof bar>[0] {
  const called = start + ms.queue;
  return [
    { from: start / end, length: ms.queue / end, class: 'queue' },
    { from: called / end, length: ms.call / end, class: error ? 'wrong' : 'call' },
    { from: called / end, length: Math.min(ms.work, ms.call) / end, class: error ? 'wrong' : 'work' },
  ];
}

function medians(records: Recorded[]): HTMLElement {
  const stages = stageTimes(records);
  const longest = Math.max(1, ...stages.map(({ queue, call }) => queue.p50 + call.p50));
  return el(
    'tbody',
    { class: 'medians' },
    groupLine(words.median),
    ...stages.map(({ name, queue, call, work }) => {
      const ms = { queue: queue.p50, call: call.p50, work: work.p50 };
      return el('tr', {}, ...cellsOf(name, { name, start: 0, ms } as StepRecord, longest));
    }),
  );
}

function legend(): HTMLElement {
  const entries = Object.entries(words.legend).map(([kind, text]) => el('span', { class: `key ${kind}` }, text));
  return el('span', { class: 'legend' }, ...entries);
}

const figure = (ms: number): string => (ms < 1 ? '<1 ms' : milliseconds(ms));

function endOf({ start, ms }: StepRecord): number {
  return start + ms.queue + ms.call;
}
