import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningFunction, startFunction } from '../../test/function.ts';

/*
 * The model that comes along, on the photos that come along: what it took for the object when it was committed, as 24 × 16
 * places. After a new training, look at the cut-outs and then take the new ones over from the failures.
 */
const MASKS = {
  'cat.jpg': `x`,
  'coffee.jpg': `x`,
  'rocket.jpg': `x`,
};

let running: RunningFunction;
beforeAll(async () => {
  running = await startFunction('cutout-fn', { CUTOUT_MODEL: 'cutout-mini' });
});
afterAll(() => running.stop());

/** `#` where the object is, line by line. */
async function maskOf(name: string): Promise<string> {
  const body = new Uint8Array(readFileSync(new URL(`../frontend-fn/page/samples/${name}`, import.meta.url)));
  const response = await fetch(`${running.url}/?mask=true&format=png`, { method: 'POST', body });
  const small = sharp(await response.arrayBuffer()).greyscale().resize(24, 16, { fit: 'fill' }).raw();
  const places = [...(await small.toBuffer())].map((level) => (level > 127 ? '#' : '.')).join('');
  return (places.match(/.{24}/g) ?? []).join('\n');
}

/** Share of places that either has which both have. */
function overlap(a: string, b: string): number {
  const places = [...a].map((place, at) => [place, b[at]].filter((mark) => mark === '#').length);
  return places.filter((marks) => marks === 2).length / places.filter((marks) => marks > 0).length;
}

test.each(Object.entries(MASKS))('%s', async (name, committed) => {
  const found = await maskOf(name);
  expect(overlap(found, committed.replace(/ /g, '')), `found:\n${found}\n`).toBeGreaterThan(0.95);
});
