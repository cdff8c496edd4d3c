import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { parseChain, transform } from '#imaging';
import { KINDS } from './formats/kinds.ts';
import { pngOf } from './formats/write.ts';
import { difference, pixelsOf } from './pictures.ts';

/* Our pixels against those of avifdec (libavif) and LittleCMS, where these are; the nightly run has them. */

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-formats-'));
afterAll(() => rmSync(folder, { recursive: true }));
const there = (command: string): boolean => spawnSync(command, ['--help']).error === undefined;

const ours = async (bytes: Buffer) =>
  pixelsOf((await transform(bytes, parseChain('convert'), { format: 'png' })).bytes);

/** libavif leaves colour spaces alone, and its tools turn and crop nothing. */
const OTHERWISE = /nclx|irot|imir|clap/;

test.runIf(there('avifdec')).each(KINDS.filter(({ name }) => /^AVIF/.test(name) && !OTHERWISE.test(name)))(
  'avifdec sees $name alike',
  async ({ bytes }) => {
    const [input, output] = [path.join(folder, 'in.avif'), path.join(folder, 'out.png')];
    writeFileSync(input, await bytes());
    execFileSync('avifdec', ['-d', '8', input, output], { stdio: 'pipe' });
    const [seen, wanted] = [await ours(readFileSync(input)), await pixelsOf(readFileSync(output))];
    expect([seen.width, seen.height]).toEqual([wanted.width, wanted.height]);
    const channels = Math.min(seen.channels, wanted.channels) as 3 | 4;
    const of = async ({ data, width, height, channels: all }: typeof seen) =>
      all === channels
        ? data
        : sharp(data, { raw: { width, height, channels: all as 4 } })
            .removeAlpha()
            .raw()
            .toBuffer();
    expect(difference(await of(seen), await of(wanted))).toBeLessThan(1.5);
  },
);

const P3 = [12, 13, 0, 1];
const COLOURS = [
  [220, 30, 30],
  [30, 160, 60],
  [40, 60, 200],
  [128, 128, 128],
  [250, 240, 20],
  [5, 90, 120],
];

test.runIf(there('transicc'))('LittleCMS converts Display P3 alike, told by a profile and by cICP', async () => {
  const made = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .withIccProfile('p3')
    .png()
    .toBuffer();
  const { icc } = await sharp(made).metadata();
  const profile = path.join(folder, 'p3.icc');
  writeFileSync(profile, icc as Buffer);
  // Bounded, relative colorimetric: as a display shows it.
  const printed = execFileSync('transicc', ['-n', '-s', '-t', '1', '-i', profile, '-o', '*sRGB'], {
    input: COLOURS.map((colour) => colour.join(' ')).join('\n'),
    stdio: 'pipe',
  });
  const reference = String(printed)
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  expect(reference).toHaveLength(COLOURS.length);
  for (const [index, colour] of COLOURS.entries()) {
    const iCCP = Buffer.concat([Buffer.from('p3\0\0', 'latin1'), deflateSync(icc as Buffer)]);
    for (const [how, chunks] of Object.entries({ cICP: { cICP: P3 }, iCCP: { iCCP } })) {
      const { data } = await ours(pngOf({ type: 2, bits: 8, samples: colour, chunks }));
      const off = [0, 1, 2].map((n) => Math.abs((data[n] as number) - (reference[index]?.[n] as number)));
      const said = `${colour} by ${how}: ${[...data.subarray(0, 3)]}, not ${reference[index]}`;
      expect(Math.max(...off), said).toBeLessThan(2);
    }
  }
});
