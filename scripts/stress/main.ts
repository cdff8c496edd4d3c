import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../system/start.mjs';
import { PLANS, type Results, runPlan } from './plan.ts';
import { sectionsOf, toHtml, toMarkdown } from './report.ts';

const USAGE = `Usage: npm run stress -- [--quick] [--out FOLDER]

Loads a system of its own on this machine: 1 to 64 users without think time, constant rates, and 10, 100 and 1,000
people on the page. Writes report.html, report.md, its charts and results.json to bench/stress/results/<date>/.

  --quick        half a minute instead of four: shows that it works, measures little
  --out FOLDER   where to write

Exit status: 0 every answer was right or a refusal, 1 some were wrong, 2 wrong usage.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const results = await runPlan(PLANS[values.quick ? 'quick' : 'full'], console.log);
  const folder = values.out ?? path.join(ROOT, 'bench/stress/results', results.began.slice(0, 10));
  write(folder, results);
  console.log(`report: ${path.join(path.relative(process.cwd(), folder), 'report.html')}`);
  return [...results.closed, ...results.open, ...results.people].some(({ wrong }) => wrong > 0) ? 1 : 0;
}

function write(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  const sections = sectionsOf(results);
  for (const { charts = {} } of sections) {
    for (const [name, svg] of Object.entries(charts)) writeFileSync(path.join(folder, `${name}.svg`), `${svg}\n`);
  }
  writeFileSync(path.join(folder, 'report.html'), toHtml(sections));
  writeFileSync(path.join(folder, 'report.md'), toMarkdown(sections));
  writeFileSync(path.join(folder, 'results.json'), `${JSON.stringify(results)}\n`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
