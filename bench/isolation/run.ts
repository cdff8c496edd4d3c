// What a child process costs: CPU of the same work in the calling process and in a worker process, in turns.
// usage, with the settings of the images:
// node scripts/build.mjs --quiet && MALLOC_ARENA_MAX=1 NODE_OPTIONS=--max-semi-space-size=2 node scripts/run.mjs
// bench/isolation/run.ts [--json FILE]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { parseChain, transform, useWorker } from '#imaging';
import { Preparers, prepareWork } from '../../src/clip/preprocess-worker.ts';
import { transform as transformHere } from '../../src/imaging/transform.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
/**
 * Pixels on the longer side, how many pieces of work a turn, and the chain; without one, what
 * clip-fn does before its model.
 */
const CASES: [name: string, side: number, times: number, chain?: string][] = [
  ['640 px → 512 px', 640, 40, 'resize:width=512'],
  ['2040 px → 512 px', 2_040, 30, 'resize:width=512'],
  ['2040 px, quarter turn', 2_040, 20, 'rotate:90'],
  ['6000 px → 512 px', 6_000, 12, 'resize:width=512'],
  ['6000 px, quarter turn', 6_000, 4, 'rotate:90'],
  ['640 px, prepared for clip-mini', 640, 40],
  ['2040 px, prepared for clip-mini', 2_040, 30],
  ['6000 px, prepared for clip-mini', 6_000, 12],
];
const TURNS = 7;

/** A smooth scene with grain, as JPEG: 3:2. */
async function photo(side: number): Promise<Buffer> {
  const grain = { width: 600, height: 400, channels: 3 as const, background: '#888888' };
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 };
  const small = await sharp({ create: { ...grain, noise } })
    .png()
    .toBuffer();
  return sharp(small)
    .resize(side, Math.round(side / 1.5), { fit: 'fill' })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/** Milliseconds of CPU that all threads of this process and of its children have used. */
function cpu(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const files = [String(process.pid), ...children].flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`),
  );
  return files.reduce((sum, file) => sum + Number(readFileSync(file, 'utf8').split(' ')[0]), 0) / 1e6;
}

type Work = (bytes: Buffer) => Promise<unknown>;

async function turn(work: Work, bytes: Buffer, times: number): Promise<number> {
  const before = cpu();
  for (let n = 0; n < times; n++) await work(bytes);
  return (cpu() - before) / times;
}

const preparers = new Preparers();
/** The same work here and in a child process. */
function worksOf(chain: string | undefined): [here: Work, inChild: Work] {
  if (chain !== undefined) {
    const steps = parseChain(chain);
    return [(bytes) => transformHere(bytes, steps, {}), (bytes) => transform(bytes, steps, {})];
  }
  const job = { size: 224, rules: { exif: 'orient' as const, maxPixels: 50_000_000 } };
  const { signal } = new AbortController();
  return [(bytes) => prepareWork({ data: job, parts: [bytes] }), (bytes) => preparers.run(bytes, job, signal)];
}

const median = (all: number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] as number;
const results = [];
for (const [name, side, times, chain] of CASES) {
  useWorker(new URL(`../${chain === undefined ? 'clip' : 'rotate'}-fn/worker.js`, import.meta.url));
  const bytes = await photo(side);
  const [inHere, outThere] = worksOf(chain);
  const here: number[] = [];
  const inChild: number[] = [];
  for (let n = 0; n <= TURNS; n++) {
    const inside = await turn(inHere, bytes, times);
    const outside = await turn(outThere, bytes, times);
    // The first turn warms up.
    if (n === 0) continue;
    here.push(inside);
    inChild.push(outside);
  }
  const result = { name, kilobytes: Math.round(bytes.length / 1_000), here: median(here), inChild: median(inChild) };
  results.push({ ...result, share: Math.round((result.inChild / result.here - 1) * 1_000) / 10 });
  console.log(results.at(-1));
}
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), results }, null, 2)}\n`);
useWorker(undefined);
