import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { piecesAtOnce, shares } from '#process/memory';
import { parseMemory } from '../../gateway/pool/memory.ts';
import { parseChain } from './chain.ts';
import { bytesOf, type Decoded } from './memory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MIB = 2 ** 20;

/** A photo of 3:2 as cameras write it. */
function photo(megapixels: number): Decoded {
  const width = Math.round(Math.sqrt(megapixels * 1.5e6));
  const size = { width, height: Math.round(width / 1.5) };
  return {
    ...size,
    upright: size,
    format: 'jpeg',
    space: 'srgb',
    bands: 3,
    bandBytes: 1,
    whole: false,
    hasAlpha: false,
  };
}

interface Measured {
  chain: string;
  format: string;
  megapixels: number;
  mib?: number;
}

const results = path.join(root, 'bench/memory/results');
const newest = readdirSync(results).toSorted().at(-1) ?? '';
const all: Measured[] = JSON.parse(readFileSync(path.join(results, newest), 'utf8')).results;
/** What clip-fn does, and other formats, is estimated in src/clip. */
const measured = all.filter(({ chain, format }) => chain !== 'prepare' && format === 'jpeg');
/** MiB that the two measured processes hold without a picture. */
const AT_REST = 75;

describe('the estimate is never below what was measured', () => {
  it.each(measured.filter(({ mib }) => mib !== undefined))(
    '$chain at $megapixels Mpx',
    ({ chain, megapixels, mib = 0 }) => {
      const overlays = chain.startsWith('watermark') ? [photo(0.03)] : [];
      const estimate = bytesOf(photo(megapixels), parseChain(chain), {}, overlays) / MIB;
      expect(estimate).toBeGreaterThan((mib - AT_REST) * 0.95);
    },
  );
});

/** The limits in stack.yml, and the chains that each function runs. */
const { functions } = parse(readFileSync(path.join(root, 'stack.yml'), 'utf8'), { merge: true });
const limitOf = (name: string): number => parseMemory(functions[name].limits.memory) as number;

test.each(measured.filter(({ megapixels, mib }) => megapixels === 24 && mib !== undefined))(
  'a photo of 24 megapixels passes through $chain within the limits that are shipped',
  ({ chain }) => {
    const steps = parseChain(chain);
    const bytes = bytesOf(photo(24), steps, {}, []) + 2 * 12 * MIB;
    const own = `${steps[0]?.operation}-fn`;
    for (const name of ['transform-fn', ...(own in functions ? [own] : [])]) {
      const models = name === 'transform-fn' || name === 'cutout-fn';
      for (const processors of [1, 2, 4, 16]) {
        const pieces = piecesAtOnce(limitOf(name), processors);
        expect(bytes, name).toBeLessThan(shares(limitOf(name), models, pieces).work);
      }
    }
  },
);

test('of a JPEG that its decoder scales down, only what it holds counts', () => {
  const steps = parseChain('resize:512;grayscale');
  expect(bytesOf(photo(48), steps, {})).toBeLessThan(90 * MIB);
  for (const other of [{ space: 'b-w' }, { whole: true }, { format: 'png' }]) {
    expect(bytesOf({ ...photo(48), ...other }, steps, {})).toBeGreaterThan(135 * MIB);
  }
  expect(bytesOf(photo(48), parseChain('flip;resize:512'), {})).toBeGreaterThan(270 * MIB);
});

test('pixels that decoders hold at once count, however small the file', () => {
  const size = { width: 7_000, height: 7_000 };
  const plain = { ...photo(1), ...size, upright: size, format: 'png', whole: false };
  const interlaced = { ...plain, bands: 4, bandBytes: 2, whole: true, hasAlpha: true };
  const steps = parseChain('resize:width=100');
  expect(bytesOf(interlaced, steps, {})).toBeGreaterThan(7_000 * 7_000 * 8);
  expect(bytesOf({ ...plain, format: 'avif', whole: true }, steps, { format: 'png' })).toBeGreaterThan(
    7_000 * 7_000 * 18,
  );
});
