import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bombs } from '../scripts/attack/bombs.ts';
import { CROWDING_ENV, crowding } from '../scripts/attack/crowding.ts';
import { ORIGINS } from '../scripts/attack/origins.ts';
import { GATEWAY_URL, type System, startSystem } from './system.ts';

/*
 * The probes of `npm run attack`, those of bombs and crowds for a few calls each. They hold the
 * embedded gateway's own promises.
 */

const families = [
  { family: 'origins', probes: ORIGINS, env: {} },
  { family: 'bombs', probes: bombs('short'), env: {} },
  { family: 'crowding', probes: crowding('short'), env: CROWDING_ENV },
];

describe.skipIf(GATEWAY_URL).each(families)('$family', ({ probes, env }) => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem(env);
  });

  afterAll(() => system.stop());

  test.each(probes)('$name is answered $expected', { timeout: 120_000 }, async ({ expected, run }) => {
    expect(await run(system)).toBe(expected);
  });
});
