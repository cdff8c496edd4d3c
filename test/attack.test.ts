import { afterAll, beforeAll, expect, test } from 'vitest';
import { ORIGINS } from '../scripts/attack/origins.ts';
import { GATEWAY_URL, type System, startSystem } from './system.ts';

/* The probes of `npm run attack` that are over at once. Origins are the embedded gateway's own promise. */

let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(() => system.stop());

test.skipIf(GATEWAY_URL).each(ORIGINS)('$name is answered $expected', async ({ expected, run }) => {
  expect(await run(system)).toBe(expected);
});
