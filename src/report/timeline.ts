import type { Recorded, StepRecord } from '#contract/step-record';
import { escapeHtml } from '#kit/html';

/* A Gantt chart of a run: a line for each picture and step; waiting in a light colour, calls in the step's colour. */

const LEFT = 250;
const WIDTH = 1_000;
const RIGHT = 90;
const LINE = 22;
const TOP = 46;
/** Colours that are distinct with colour blindness, too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#666666'];
const FAILED = '#b00020';

interface Bar {
  label: string;
  record: StepRecord;
  colour: string;
  y: number;
}

/** The timeline as SVG, without scripts and links; all text is escaped. */
export function timelineSvg(runs: Recorded[]): string {
  const names = [...new Set(runs.flatMap(({ steps }) => steps.map(({ name }) => name)))];
  const bars = runs
    .flatMap(({ steps }, picture) => steps.map((record) => ({ record, picture })))
    .map(({ record, picture }, line): Bar => {
      const colour = COLOURS[names.indexOf(record.name) % COLOURS.length] as string;
      return { record, colour, label: `${picture + 1} ${record.name}`, y: TOP + line * LINE };
    });
  const end = Math.max(1, ...bars.map(({ record }) => record.start + record.ms.queue + record.ms.call));
  const height = TOP + bars.length * LINE + 14;
  const scale = (ms: number): number => Math.round((LEFT + (ms / end) * WIDTH) * 10) / 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + RIGHT}" height="${height}" ` +
      'font-family="sans-serif" font-size="12">',
    `<title>${runs.length} pictures, ${Math.round(end)} ms</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...axis(end, scale, height),
    ...bars.flatMap((bar) => drawn(bar, scale)),
    '</svg>',
    '',
  ].join('\n');
}

function axis(end: number, scale: (ms: number) => number, height: number): string[] {
  const step = niceStep(end / 8);
  const marks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
  return marks.flatMap((ms) => [
    `<line x1="${scale(ms)}" y1="${TOP - 10}" x2="${scale(ms)}" y2="${height - 8}" stroke="#dddddd"/>`,
    `<text x="${scale(ms)}" y="${TOP - 18}" text-anchor="middle" fill="#555555">${ms} ms</text>`,
  ]);
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10) * power;
}

function drawn({ label, record, colour, y }: Bar, scale: (ms: number) => number): string[] {
  const { start, ms, error } = record;
  const [from, called, to] = [scale(start), scale(start + ms.queue), scale(start + ms.queue + ms.call)];
  const fill = error ? FAILED : colour;
  const result = `${Math.round(ms.call)} ms${error ? `, ${error.code}` : ''}`;
  return [
    `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end" fill="#222222">${escapeHtml(label)}</text>`,
    `<rect x="${from}" y="${y + 2}" width="${width(from, called)}" height="14" fill="${fill}" opacity="0.25"/>`,
    `<rect x="${called}" y="${y + 2}" width="${Math.max(1, width(called, to))}" height="14" fill="${fill}"/>`,
    `<text x="${to + 4}" y="${y + 13}" fill="#555555">${escapeHtml(result)}</text>`,
  ];
}

function width(from: number, to: number): number {
  return Math.round((to - from) * 10) / 10;
}
