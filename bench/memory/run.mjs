// Peak memory of every operation on drawn photos of 12, 24 and 48 megapixels: for each a process and the worker process
// that it starts, in a control group of their own (Linux, root).
// usage: node scripts/build.mjs --quiet && node bench/memory/run.mjs [--json FILE] [--only CHAIN …]
//   [--format FORMAT] [MEGAPIXELS …]
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { common } from '../../scripts/build.mjs';
import { runLimited } from './cgroup.mjs';
import { CHAINS, drawn } from './pictures.mjs';

const options = {
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  format: { type: 'string', default: 'jpeg' },
};
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const sizes = positionals.length > 0 ? positionals.map(Number) : [12, 24, 48];
/** MiB: far more than anything takes, so that nothing is refused. */
const LIMIT = 6_144;

async function measured(chain, megapixels) {
  const { out, mib, failed } = await runLimited([one, chain, await drawn(values.format, megapixels), models], LIMIT);
  if (failed === undefined && out !== '') return { chain, megapixels, mib, ...JSON.parse(out) };
  return { chain, megapixels, failed: /Problem: (.*)/.exec(failed)?.[1] ?? failed ?? 'nothing' };
}

const one = fileURLToPath(new URL('../../dist/scripts/one.js', import.meta.url));
const models = fileURLToPath(new URL('../../models', import.meta.url));
await build({ ...common, entryPoints: [fileURLToPath(new URL('one.ts', import.meta.url))], outfile: one });
console.log(`| chain | ${sizes.map((size) => `${size} Mpx`).join(' | ')} |\n|---|${'---|'.repeat(sizes.length)}`);
const results = [];
for (const chain of values.only ?? CHAINS) {
  const row = [];
  for (const size of sizes) row.push(await measured(chain, size));
  results.push(...row);
  const cells = row.map(({ mib, failed }) => (failed ? 'refused' : `${mib} MiB`));
  console.log(`| \`${chain}\` | ${cells.join(' | ')} |`);
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), results }, null, 2)}\n`);
}
