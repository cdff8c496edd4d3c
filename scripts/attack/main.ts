import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startSystem } from '../stress/system.ts';
import { bombs } from './bombs.ts';
import { CROWDING_ENV, crowding } from './crowding.ts';
import { ORIGINS } from './origins.ts';
import type { Family } from './probe.ts';

const USAGE = `Usage: npm run attack -- [--short] [--only TEXT] [FAMILY …]

Attacks systems of its own on loopback, one probe after the other. Families: origins, bombs, crowding.
A second client calls during each bomb and each crowd. With --short it makes a few calls; otherwise 99 of 100 of them
must be answered within a second beside a crowd, and within half a second beside a bomb.
--only runs the probes whose name contains the text.
Exit status: 0 every probe passed; 1 otherwise.`;

/** One file per family of probes; each has its own system. */
const families = (length: 'short' | 'whole'): Record<string, Family> => ({
  origins: { probes: ORIGINS },
  bombs: { probes: bombs(length) },
  crowding: { probes: crowding(length), env: CROWDING_ENV },
});

/** @returns the number of failed probes */
async function main(): Promise<number> {
  const options = {
    short: { type: 'boolean' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  let failed = 0;
  for (const [name, family] of Object.entries(families(values.short ? 'short' : 'whole'))) {
    if (positionals.length === 0 || positionals.includes(name)) {
      const probes = family.probes.filter((probe) => probe.name.includes(values.only));
      failed += await attack(name, { ...family, probes });
    }
  }
  return failed;
}

async function attack(family: string, { probes, env = {} }: Family): Promise<number> {
  const system = await startSystem({ env });
  try {
    const password = readFileSync(path.join(system.folder, 'password'), 'utf8');
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    let failed = 0;
    for (const { name, expected, run } of probes) {
      const got = await run({ url: system.url, authorization, pid: system.pid });
      if (got !== expected) failed += 1;
      console.log(
        `${got === expected ? 'ok ' : 'BAD'} ${family.padEnd(10)} ${name.padEnd(46)} expected ${expected}, got ${got}`,
      );
    }
    return failed;
  } finally {
    await system.stop();
  }
}

main().then(
  (failed) => {
    process.exitCode = failed === 0 ? 0 : 1;
  },
  (error: Error) => {
    console.error(error.stack);
    process.exitCode = 2;
  },
);
