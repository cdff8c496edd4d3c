import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codedOf, type PictureHeader } from '#decoding/decoder-bytes';
import { bytesToPrepare } from './preprocess-worker.ts';

const MIB = 2 ** 20;
/** MiB that the two processes of the measurement hold before the picture comes. */
const AT_REST = 75;

interface Measured {
  chain: string;
  format: string;
  megapixels: number;
  mib?: number;
  /** Bytes of the file. */
  sent: number;
}

const results = fileURLToPath(new URL('../../bench/memory/results', import.meta.url));
const newest = readdirSync(results).toSorted().at(-1) ?? '';
const measured: Measured[] = JSON.parse(readFileSync(path.join(results, newest), 'utf8')).results;

/** Of the pictures that bench/memory/pictures.mjs draws: what a header says that sharp has read. */
const HEADERS: Record<string, { format: string; channels: number; depth: string; isProgressive?: boolean }> = {
  jpeg: { format: 'jpeg', channels: 3, depth: 'uchar' },
  'progressive jpeg': { format: 'jpeg', channels: 3, depth: 'uchar', isProgressive: true },
  'png, 16 bit, interlaced': { format: 'png', channels: 4, depth: 'ushort', isProgressive: true },
  'tiff, 16 bit': { format: 'tiff', channels: 4, depth: 'ushort' },
  webp: { format: 'webp', channels: 3, depth: 'uchar' },
  avif: { format: 'heif', channels: 3, depth: 'uchar' },
};

function headerOf({ format, megapixels }: Measured): PictureHeader {
  const width = Math.round(Math.sqrt(megapixels * 1.5e6));
  const size = { width, height: Math.round(width / 1.5) };
  const said = HEADERS[format];
  if (!said) throw new Error(`what does a header of ${format} say?`);
  return { ...codedOf({ ...size, ...said }), upright: size, hasAlpha: said.channels === 4 };
}

describe('the estimate is never below what was measured', () => {
  const rows = measured.filter(({ chain, mib }) => chain === 'prepare' && mib !== undefined);
  it('there are figures of every format', () => {
    expect([...new Set(rows.map(({ format }) => format))].toSorted()).toEqual(Object.keys(HEADERS).toSorted());
  });
  it.each(rows)('$format of $megapixels Mpx', (row) => {
    const job = { size: 256, rules: { exif: 'orient', maxPixels: 50_000_000 } } as const;
    // The measurement's own process holds the file as well, as a request's body.
    const estimate = (bytesToPrepare(headerOf(row), row.sent, job) + row.sent) / MIB;
    expect(estimate).toBeGreaterThan(((row.mib ?? 0) - AT_REST) * 0.95);
  });
});
