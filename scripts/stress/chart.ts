import { escapeHtml } from '#kit/html';

/** A line chart, drawn as a self-contained SVG. */
export interface Chart {
  title: string;
  x: Axis;
  y: Axis;
  series: { name: string; points: [x: number, y: number][] }[];
}

interface Axis {
  label: string;
  /** Logarithmic. */
  log?: boolean;
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 150;
const TOP = 34;
const BOTTOM = 46;

/** Colours that are distinct with colour blindness, too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#000000'];

/** Draws a chart. Skips points that are not finite. */
export function drawChart({ title, x, y, series }: Chart): string {
  const drawn = series.map(({ name, points }) => ({
    name,
    points: points.filter((point) => point.every(Number.isFinite)),
  }));
  const all = drawn.flatMap(({ points }) => points);
  const across = scale(
    all.map(([value]) => value),
    x.log ?? false,
    [LEFT, WIDTH - RIGHT],
  );
  const up = scale([...(y.log ? [] : [0]), ...all.map(([, value]) => value)], y.log ?? false, [HEIGHT - BOTTOM, TOP]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" ` +
      `role="img" aria-label="${escapeHtml(title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 20, title, 'font-size="14" font-weight="600"'),
    ...up.ticks.map(
      (tick) =>
        `<path d="M${LEFT} ${up.at(tick)}H${WIDTH - RIGHT}" stroke="#e5e5e5"/>` +
        text(LEFT - 8, up.at(tick) + 4, short(tick), 'text-anchor="end"'),
    ),
    ...across.ticks.map((tick) => text(across.at(tick), HEIGHT - BOTTOM + 18, short(tick), 'text-anchor="middle"')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x.label, 'text-anchor="middle"'),
    text(
      14,
      (TOP + HEIGHT - BOTTOM) / 2,
      y.label,
      `text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})"`,
    ),
    ...drawn.map(({ name, points }, index) =>
      line(
        name,
        points.map(([a, b]) => [across.at(a), up.at(b)]),
        index,
      ),
    ),
    '</svg>',
  ].join('\n');
}

function line(name: string, points: [number, number][], index: number): string {
  const colour = COLOURS[index % COLOURS.length];
  const path = points.map(([a, b]) => `${a} ${b}`).join('L');
  const marks = points.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="2.5" fill="${colour}"/>`).join('');
  const legend = TOP + 12 + index * 18;
  const key = `<path d="M${WIDTH - RIGHT + 14} ${legend - 4}h18" stroke="${colour}" stroke-width="3"/>`;
  const dashes = index >= COLOURS.length / 2 ? ' stroke-dasharray="6 3"' : '';
  const curve = `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`;
  return [points.length > 0 ? curve : '', marks, key, text(WIDTH - RIGHT + 38, legend, name)].join('');
}

interface Scale {
  at(value: number): number;
  ticks: number[];
}

function scale(values: number[], log: boolean, [from, to]: [number, number]): Scale {
  const [low, high] = log ? decades(values) : [Math.min(...values), Math.max(...values)];
  const ticks = log ? powers(low, high) : steps(low, high);
  const [first, last] = [ticks[0] as number, ticks.at(-1) as number];
  const place = (value: number): number =>
    log ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first);
  return { ticks, at: (value) => Math.round((from + place(value) * (to - from)) * 10) / 10 };
}

function decades(values: number[]): [number, number] {
  const positive = values.filter((value) => value > 0);
  return [Math.min(...positive, 1_000), Math.max(...positive, 1)];
}

/** Ticks: powers of two, or of ten for a large range. */
function powers(low: number, high: number): number[] {
  const base = high / low <= 256 ? 2 : 10;
  const first = Math.floor(Math.log(low) / Math.log(base) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log(high) / Math.log(base) - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => base ** (first + index));
}

/** About five ticks at round numbers. */
function steps(low: number, high: number): number[] {
  const rough = (high - low || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) as number;
  const first = Math.floor(low / step);
  const count = Math.max(1, Math.ceil(high / step) - first);
  return Array.from({ length: count + 1 }, (_, index) => (first + index) * step);
}

function short(value: number): string {
  if (value >= 10_000) return `${value / 1000}k`;
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x}" y="${y}" fill="#333" ${more}>${escapeHtml(content)}</text>`;
}
