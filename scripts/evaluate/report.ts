import type { ClassFigures, SetFigures } from './measure.ts';

export interface Report {
  model: { id: string; version: string; quantisation: { image: string; text: string }; minCosine: number };
  prompt: string;
  /** Pictures that could not be read, or have none of the labels. */
  left: { unreadable: number; unlabelled: number };
  sets: Record<string, SetFigures>;
}

/** For sets with more classes, only the best and worst are shown; the JSON has all. */
const ALL_CLASSES = 40;
const SHOWN = 12;

/** The report in Markdown: a table of all sets, then each set's classes and confusions. */
export function toMarkdown({ model, prompt, left, sets }: Report, title: string): string {
  const rows = Object.entries(sets).map(([name, set]) => [
    ...[name, set.pictures, set.labels, percent(set.top1), percent(set.top5)],
    ...[`${percent(set.any1)} / ${percent(set.any5)}`, percent(set.balanced)],
    ...[set.ece.toFixed(3), percent(set.unknown), percent(set.top1OfKnown)],
  ]);
  const head = [
    'set',
    'pictures',
    'labels',
    'top-1 %',
    'top-5 %',
    'any of its names %',
    'balanced %',
    'ECE',
    'unknown %',
    'top-1 % of the rest',
  ];
  const { image, text } = model.quantisation;
  return [
    `# ${title}`,
    '',
    `Model \`${model.id}\`, version ${model.version} (pictures ${image}, texts ${text}); prompt \`${prompt}\`.`,
    `A picture counts as right when the best label is the most specific of its names that is among the labels, or,`,
    `under "any of its names" (first / among five), any of them. "Unknown" is`,
    `what the model says below its own bound of cosine ${model.minCosine}. ` +
      '"Balanced" counts every label the same. ECE is over',
    `15 bins of the best label's score. Left out: ${left.unreadable} unreadable, ` +
      `${left.unlabelled} that show none of the labels.`,
    '',
    table(head, rows),
    ...Object.entries(sets).flatMap(([name, set]) => section(name, set)),
    '',
  ].join('\n');
}

function section(name: string, { classes, confusions }: SetFigures): string[] {
  return [
    '',
    `## ${name}`,
    '',
    ...classTables(classes),
    '',
    'Most frequent confusions:',
    '',
    table(
      ['it is', 'the model says', 'times'],
      confusions.slice(0, SHOWN).map(({ truth, said, times }) => [truth, said, times]),
    ),
  ];
}

function classTables(classes: ClassFigures[]): string[] {
  if (classes.length <= ALL_CLASSES) return [classTable(classes)];
  const sorted = [...classes].sort((a, b) => b.top1 - a.top1 || b.top5 - a.top5 || (a.label < b.label ? -1 : 1));
  return [
    `The ${SHOWN} best of ${classes.length} labels:`,
    '',
    classTable(sorted.slice(0, SHOWN)),
    '',
    `The ${SHOWN} worst:`,
    '',
    classTable(sorted.slice(-SHOWN)),
  ];
}

function classTable(classes: ClassFigures[]): string {
  return table(
    ['label', 'pictures', 'top-1 %', 'top-5 %', 'most often taken for'],
    classes.map(({ label, pictures, top1, top5, takenFor }) => [
      ...[label, pictures, percent(top1), percent(top5)],
      takenFor ? `${takenFor.label} (${takenFor.times})` : '',
    ]),
  );
}

export function table(head: string[], rows: (string | number)[][]): string {
  const lines = rows.map((row) => `| ${row.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`);
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---|').join('')}`, ...lines].join('\n');
}

export function percent(value: number): string {
  return (value * 100).toFixed(1);
}

/** Matches the object of one label, which is indented over several lines. */
const LABEL_OBJECT = /\{\n\s+("(?:label|truth)"[^{}]*(?:\{[^{}]*\})?[^{}]*)\n\s+\}/g;

/** The report in JSON: shares with four digits, one class on each line. */
export function toJson(report: Report): string {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value);
  const onOneLine = (_: string, inner: string): string => `{ ${inner.replace(/\s*\n\s*/g, ' ')} }`;
  return `${JSON.stringify(report, round, 1).replace(LABEL_OBJECT, onOneLine)}\n`;
}
