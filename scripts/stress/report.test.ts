import { expect, test } from 'vitest';
import { drawChart } from './chart.ts';
import { toHtml, toMarkdown } from './report.ts';

test('a chart shows what came and leaves out what did not', () => {
  const svg = drawChart({
    title: 'a <b> & "c"',
    x: { label: 'users', log: true },
    y: { label: 'ms', log: true },
    series: [
      {
        name: 'one',
        points: [
          [1, 10],
          [64, 1_000],
          [8, Number.NaN],
        ],
      },
      { name: 'none', points: [] },
    ],
  });
  expect(svg).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(svg).toMatch(/>64</);
});

test('an empty chart is still a chart', () => {
  const svg = drawChart({ title: 'nothing', x: { label: 'x' }, y: { label: 'y', log: true }, series: [] });
  expect(svg).not.toMatch(/NaN|undefined/);
});

test('reports hold the same, and nothing in them is markup that came from outside', () => {
  const sections = [
    { title: 'One', text: ['5 < 6'], table: { head: ['a'], rows: [['<script>']] }, charts: { flow: '<svg></svg>' } },
  ];
  const html = toHtml(sections);
  expect(html).toContain('<td>&lt;script&gt;</td>');
  expect(html).toContain('<svg></svg>');
  expect(html).not.toMatch(/src=|href=|https?:/);
  expect(toMarkdown(sections)).toContain('![flow](flow.svg)');
});
