import { escapeHtml } from '#kit/html';
import { type Chart, drawChart } from './chart.ts';
import type { Results, Stretch } from './plan.ts';
import { total } from './watch.ts';

/** A section of the report, to be written as Markdown or HTML. */
export interface Section {
  title: string;
  /** Paragraphs of plain text. */
  text: string[];
  table?: { head: string[]; rows: string[][] };
  /** SVG by file name without extension. */
  charts?: Record<string, string>;
}

const ms = (value: number): string => (Number.isFinite(value) ? value.toFixed(value < 10 ? 1 : 0) : '–');

/** The results as sections with text, tables and charts. */
export function sectionsOf(results: Results): Section[] {
  return [overview(results), ramp(results), rates(results), people(results), memory(results)];
}

function overview({ machine, began, closed, open, people: crowds }: Results): Section {
  const all: Stretch[] = [...closed, ...open, ...crowds];
  const sum = (of: (one: Stretch) => number): number => all.reduce((before, one) => before + of(one), 0);
  const complaints = all.flatMap((one) => one.complaints);
  return {
    title: 'System and machine',
    text: [
      `Began ${began}, commit ${machine.commit}. ${machineText(machine)}`,
      'The load comes from one process on the same machine, so it takes part of the same cores. ' +
        'Three photos of 0.14 to 0.24 megapixels, each request with bytes of its own, ' +
        'so that nothing is answered from a cache. ' +
        'Processes were warm.',
      `${sum(({ sent }) => sent)} requests, ${sum(({ right }) => right)} right answers, ` +
        'each compared with the expected answer (pictures byte for byte, labels with their scores); ' +
        `${sum(({ wrong }) => wrong)} wrong. Latencies are those of right answers.`,
      ...(complaints.length > 0 ? [`Wrong: ${complaints.slice(0, 5).join('; ')}`] : []),
    ],
  };
}

function machineText({ packages, models, ...machine }: Results['machine']): string {
  const versions = Object.entries(packages).map((one) => one.join(' '));
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, ` +
    `${versions.join(', ')}; models: ${models.join(', ')}. ` +
    `The mean number of running processes in the minute before was ${machine.loadBefore}.`
  );
}

const HEAD = ['right/s', 'p50', 'p90', 'p95', 'p99', 'max ms', 'cpu-ms', 'peak MB', 'generator lag ms', 'answers'];

function cells({ rate, p50, p90, p95, p99, max, cpuMs, peakMb, generatorLag, codes }: Stretch): string[] {
  const answers = Object.entries(codes).map(([code, count]) => `${code}: ${count}`);
  return [
    rate.toFixed(1),
    ...[p50, p90, p95, p99, max, cpuMs].map(ms),
    ms(peakMb),
    ms(generatorLag),
    answers.join(', '),
  ];
}

function ramp({ closed, plan }: Results): Section {
  const kinds = [...new Set(closed.map(({ traffic }) => traffic))];
  const lines = (value: (one: Stretch) => number): Chart['series'] =>
    kinds.map((name) => ({
      name,
      points: closed.filter(({ traffic }) => traffic === name).map((one) => [one.users, value(one)]),
    }));
  const x = { label: 'users', log: true };
  return {
    title: 'Closed loop: users without think time',
    text: [
      `${plan.closedSeconds} s each. cpu-ms: CPU time of the gateway and all functions for each right answer; ` +
        'peak MB: resident memory of them all.',
    ],
    table: {
      head: ['traffic', 'users', ...HEAD],
      rows: closed.map((one) => [one.traffic, String(one.users), ...cells(one)]),
    },
    charts: {
      'closed-rate': drawChart({
        title: 'Right answers per second',
        x,
        y: { label: 'answers/s' },
        series: lines(({ rate }) => rate),
      }),
      'closed-p50': drawChart({
        title: 'Median latency',
        x,
        y: { label: 'ms', log: true },
        series: lines(({ p50 }) => p50),
      }),
      'closed-p99': drawChart({
        title: '99th percentile',
        x,
        y: { label: 'ms', log: true },
        series: lines(({ p99 }) => p99),
      }),
    },
  };
}

function rates({ open, plan }: Results): Section {
  const kinds = [...new Set(open.map(({ traffic }) => traffic))];
  const chart = (name: string): [string, string] => {
    const rows = open.filter(({ traffic }) => traffic === name);
    const series = (['p50', 'p95', 'p99', 'max'] as const).map((part) => ({
      name: part,
      points: rows.map((one): [number, number] => [one.offered, one[part]]),
    }));
    return [
      `open-${name}`,
      drawChart({
        title: `${name}: latency at a constant rate`,
        x: { label: 'requests/s offered' },
        y: { label: 'ms', log: true },
        series,
      }),
    ];
  };
  const shares = plan.shares.map((share) => `${Math.round(share * 100)} %`).join(', ');
  return {
    title: 'Open loop: a constant rate',
    text: [
      `${plan.openSeconds} s each, at ${shares} of the best rate above. ` +
        "A request's latency counts from its scheduled start, " +
        'so that a stall delays all requests that were due meanwhile (no coordinated omission). ' +
        'Above 100 % the queue grows for as long as the load lasts.',
    ],
    table: {
      head: ['traffic', 'offered/s', ...HEAD],
      rows: open.map((one) => [one.traffic, String(one.offered), ...cells(one)]),
    },
    charts: Object.fromEntries(kinds.map(chart)),
  };
}

function people({ people: crowds, plan }: Results): Section {
  const replicas = (most: number): [string, string] => {
    const samples = joined(crowds.filter((one) => one.replicas === most));
    const names = [...new Set(samples.flatMap((sample) => Object.keys(sample.replicas)))];
    const series = names.map((name) => ({
      name,
      points: samples.map((sample): [number, number] => [sample.at, sample.replicas[name] ?? 0]),
    }));
    return [
      `replicas-${most}`,
      drawChart({
        title: `Processes of each function, at most ${most}`,
        x: { label: 'seconds' },
        y: { label: 'processes' },
        series,
      }),
    ];
  };
  return {
    title: 'People on the page, with think time',
    text: [
      `${plan.peopleSeconds} s each. Each user opens the page or sends a picture to /predict, ` +
        'then thinks for 1 to 5 s.',
    ],
    table: {
      head: ['users', 'replicas', ...HEAD],
      rows: crowds.map((one) => [String(one.users), `≤ ${one.replicas}`, ...cells(one)]),
    },
    charts: Object.fromEntries(plan.replicas.map(replicas)),
  };
}

/** Joins the samples of consecutive loads on one time axis. */
function joined(stretches: Stretch[]): Stretch['samples'] {
  let offset = 0;
  return stretches.flatMap(({ samples }) => {
    const moved = samples.map((sample) => ({ ...sample, at: sample.at + offset }));
    offset = moved.at(-1)?.at ?? offset;
    return moved;
  });
}

function memory({ closed, open }: Results): Section {
  const stretches = [...closed, ...open];
  const names = [...new Set(stretches.flatMap(({ peakOf }) => Object.keys(peakOf)))];
  const peak = (name: string): number => Math.max(...stretches.map(({ peakOf }) => peakOf[name] ?? 0));
  const samples = kindsInOrder(stretches);
  return {
    title: 'Memory',
    text: ['The peak resident memory of each function over ramp and rates, for all its processes together.'],
    table: { head: ['function', 'peak MB'], rows: names.map((name) => [name, String(peak(name))]) },
    charts: {
      memory: drawChart({
        title: 'Resident memory, all processes',
        x: { label: 'seconds of load' },
        y: { label: 'MB' },
        series: [
          { name: 'whole system', points: samples.map(({ at, rssMb }): [number, number] => [at, total(rssMb)]) },
        ],
      }),
    },
  };
}

/** In the order of the run: the ramp of each kind, then its rates. */
function kindsInOrder(stretches: Stretch[]): Stretch['samples'] {
  const kinds = [...new Set(stretches.map(({ traffic }) => traffic))];
  return joined(kinds.flatMap((kind) => stretches.filter(({ traffic }) => traffic === kind)));
}

const TITLE = 'Obscura under load';

/** @returns Markdown that links to the charts' files */
export function toMarkdown(sections: Section[]): string {
  const parts = sections.map(({ title, text, table, charts = {} }) => {
    const rows = table
      ? [table.head, table.head.map(() => '---'), ...table.rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
      : '';
    const shown = Object.keys(charts)
      .map((name) => `![${name}](${name}.svg)`)
      .join('\n');
    return [`## ${title}`, ...text, rows, shown].filter((part) => part !== '').join('\n\n');
  });
  return `# ${TITLE}\n\n${parts.join('\n\n')}\n`;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;
color:#222;background:#fff}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;display:block;overflow-x:auto}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #ddd;white-space:nowrap}
th:first-child,td:first-child,th:last-child,td:last-child{text-align:left}
svg{max-width:100%;height:auto;margin:.5rem 0}`;

/** @returns a self-contained HTML file */
export function toHtml(sections: Section[]): string {
  const row = (cell: 'th' | 'td') => (values: string[]) =>
    `<tr>${values.map((value) => `<${cell}>${escapeHtml(value)}</${cell}>`).join('')}</tr>`;
  const parts = sections.map(({ title, text, table, charts = {} }) =>
    [
      `<h2>${escapeHtml(title)}</h2>`,
      ...text.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
      ...Object.values(charts),
      table
        ? `<table><thead>${row('th')(table.head)}</thead><tbody>${table.rows.map(row('td')).join('')}</tbody></table>`
        : '',
    ].join('\n'),
  );
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
      `<title>${TITLE}</title>`,
    `<style>${STYLE}</style></head>`,
    `<body><h1>${TITLE}</h1>`,
    ...parts,
    '</body></html>\n',
  ].join('\n');
}
