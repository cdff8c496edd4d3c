// Callers and processes over time, as an SVG: two panels over one time axis.

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 16;
const PANEL = 120;
const GAP = 34;
const TOP = 30;

/** Colours that can be told apart without colour vision, on white and on black. */
const COLOURS = { callers: '#0072b2', processes: '#d55e00', grid: '#8886' };

/**
 * @param samples `{second, callers, processes}`, oldest first
 * @param bounds `most` processes that load may start, `target` callers for one process
 * @returns an SVG document
 */
export function chart(samples, { most, target }) {
  const last = samples.at(-1)?.second ?? 1;
  const x = (second) => LEFT + (second / last) * (WIDTH - LEFT - RIGHT);
  const callers = panel(samples, {
    key: 'callers',
    title: 'callers that wait for an answer',
    top: TOP,
    ticks: [0, target, 2 * target, 3 * target, 4 * target],
    x,
  });
  const processes = panel(samples, {
    key: 'processes',
    title: 'processes that take calls',
    top: TOP + PANEL + GAP,
    ticks: Array.from({ length: most + 1 }, (_, count) => count),
    x,
  });
  const bottom = TOP + 2 * PANEL + GAP;
  const seconds = Array.from({ length: Math.floor(last / 10) + 1 }, (_, index) => index * 10);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 46}" ` +
      'font-family="system-ui, sans-serif" font-size="13">',
    '<title>The number of processes follows the load</title>',
    `<rect width="${WIDTH}" height="${bottom + 46}" fill="#fff"/>`,
    ...callers,
    ...processes,
    ...seconds.map((second) => `<text x="${x(second)}" y="${bottom + 18}" text-anchor="middle">${second}</text>`),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 38}" text-anchor="middle">seconds</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function panel(samples, { key, title, top, ticks, x }) {
  const most = ticks.at(-1);
  const y = (value) => top + PANEL - (Math.min(value, most) / most) * PANEL;
  const round = (value) => value.toFixed(1);
  // Steps: a count holds until the next one is seen.
  const steps = samples.map((sample, index) => {
    const [from, to] = [round(y(samples[index - 1]?.[key] ?? sample[key])), round(y(sample[key]))];
    const at = round(x(sample.second));
    return `${index === 0 ? 'M' : 'L'}${at} ${from}L${at} ${to}`;
  });
  return [
    `<text x="${LEFT}" y="${top - 10}" fill="${COLOURS[key]}" font-weight="600">${title}</text>`,
    ...ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}" stroke="${COLOURS.grid}" stroke-width="1"/>`,
      `<text x="${LEFT - 10}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    ]),
    `<path d="${steps.join('')}" fill="none" stroke="${COLOURS[key]}" stroke-width="2.5"/>`,
  ];
}
