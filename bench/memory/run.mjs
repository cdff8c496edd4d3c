// Peak memory of every operation on drawn photos of 12, 24 and 48 megapixels: for each a process and the worker process
// that it starts, in a control group of their own (Linux, root). Then of a reduction, and of what clip-fn does with a
// picture (`prepare`), by what comes in.
// usage: node scripts/build.mjs --quiet && node bench/memory/run.mjs [--json FILE] [--only CHAIN …]
//   [--format FORMAT …] [MEGAPIXELS …]
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { common } from '../../scripts/build.mjs';
import { runLimited } from './cgroup.mjs';
import { CHAINS, drawn, FORMATS } from './pictures.mjs';

const options = {
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  format: { type: 'string', multiple: true },
};
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const sizes = positionals.length > 0 ? positionals.map(Number) : [12, 24, 48];
/** MiB: far more than anything takes, so that nothing is refused. */
const LIMIT = 6_144;

/** Chains that are measured by format. */
const BY_FORMAT = ['resize:width=1024', 'prepare'];

/** What is measured: chain and format. */
function rows() {
  const every = Object.keys(FORMATS);
  const by = (chains, formats) => chains.flatMap((chain) => formats.map((format) => [chain, format]));
  if (values.only) return by(values.only, values.format ?? ['jpeg']);
  const byFormat = by(BY_FORMAT, values.format ?? every);
  return [...by(CHAINS, ['jpeg']), ...byFormat.filter(([chain, format]) => chain === 'prepare' || format !== 'jpeg')];
}

async function measured(chain, format, megapixels) {
  const { out, mib, failed } = await runLimited([one, chain, await drawn(format, megapixels), models], LIMIT);
  const measured = { chain, format, megapixels };
  if (failed === undefined && out !== '') {
    const { spare, ...told } = JSON.parse(out);
    return { ...measured, mib: mib - spare, spare, ...told };
  }
  return { ...measured, failed: /Problem: (.*)/.exec(failed)?.[1] ?? failed ?? 'nothing' };
}

const one = fileURLToPath(new URL('../../dist/scripts/one.js', import.meta.url));
const models = fileURLToPath(new URL('../../models', import.meta.url));
await build({ ...common, entryPoints: [fileURLToPath(new URL('one.ts', import.meta.url))], outfile: one });
console.log(`| chain | comes in as | ${sizes.map((size) => `${size} Mpx`).join(' | ')} |`);
console.log(`|---|---|${'---|'.repeat(sizes.length)}`);
const results = [];
for (const [chain, format] of rows()) {
  const row = [];
  for (const size of sizes) row.push(await measured(chain, format, size));
  results.push(...row);
  const cells = row.map(({ mib, failed }) => (failed ? 'refused' : `${mib} MiB`));
  console.log(`| \`${chain}\` | ${format} | ${cells.join(' | ')} |`);
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), results }, null, 2)}\n`);
}
