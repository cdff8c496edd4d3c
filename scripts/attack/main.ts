import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startSystem } from '../stress/system.ts';
import { ORIGINS } from './origins.ts';
import type { Probe } from './probe.ts';

/** One file a family of probes. */
const FAMILIES: Record<string, Probe[]> = { origins: ORIGINS };

/** Attacks a system of its own on loopback. @returns how many probes got something else than they must */
async function main(): Promise<number> {
  const system = await startSystem();
  try {
    const password = readFileSync(path.join(system.folder, 'password'), 'utf8');
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    let failed = 0;
    for (const [family, probes] of Object.entries(FAMILIES)) {
      for (const { name, expected, run } of probes) {
        const got = await run({ url: system.url, authorization });
        if (got !== expected) failed += 1;
        console.log(
          `${got === expected ? 'ok ' : 'BAD'} ${family.padEnd(10)} ${name.padEnd(46)} expected ${expected}, got ${got}`,
        );
      }
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
