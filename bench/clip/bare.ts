import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseManifest } from '../../src/clip/manifest.ts';
import type { Model } from '../../src/clip/models.ts';
import { normalise } from '../../src/clip/normalise.ts';
import { centreCrop, decode } from '../../src/clip/preprocess.ts';
import { openImageTower } from '../../src/clip/session.ts';
import { dot } from '../../src/clip/vectors.ts';
import { median, round, timed } from './load.ts';

/**
 * The least that any server must do: decode, preprocess and run the graph, one picture after another in one process,
 * without HTTP, workers, labels or a queue.
 */
export async function openBare(folder: string, picture: Buffer, threads: number) {
  const manifest = parseManifest(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  if (typeof manifest === 'string') throw new Error(manifest);
  const { image } = manifest;
  const tower = await openImageTower({ folder, manifest }, threads);
  const once = async () => {
    const decoded = await decode(picture, image.size, { exif: 'orient', maxPixels: 50_000_000 });
    await tower.embed(normalise(centreCrop(decoded, image.size), image));
  };
  for (let i = 0; i < 10; i += 1) await once();
  return { run: (seconds: number) => timed(once, seconds), batches: () => batches({ folder, manifest }, threads) };
}

export interface Batched {
  /** Milliseconds a picture, the median of runs. */
  ms: number;
  /** Processor milliseconds a picture, the median of runs. */
  cpuMs: number;
  /** The smallest cosine of a picture's embedding with what the graph says of it alone. */
  likeness: number;
}

/** Whether pictures run together take less time than one after another, and whether the graph says the same of them. */
async function batches({ folder, manifest }: Model, threads: number): Promise<Record<string, Batched>> {
  const { image, embedding } = manifest;
  const tower = await openImageTower({ folder, manifest }, threads);
  const length = 3 * image.size ** 2;
  // Unlike each other, from dim to bright.
  const planes = Float32Array.from({ length: 8 * length }, (_, i) => {
    const which = Math.floor(i / length);
    return ((which + 1) / 4) * Math.sin((i % length) / (which + 2));
  });
  const alone: Float32Array[] = [];
  for (let i = 0; i < 8; i += 1) alone.push((await tower.embed(planes.slice(i * length, (i + 1) * length))).slice());
  const found: Record<string, Batched> = {};
  for (const count of [1, 2, 4, 8]) {
    const batch = planes.slice(0, count * length);
    const rows = (await tower.embed(batch)).slice();
    const cosines = alone.slice(0, count).map((one, i) => dot(one, rows.slice(i * embedding, (i + 1) * embedding)));
    const times: number[] = [];
    const { p50 } = await timed(async () => {
      const before = process.cpuUsage();
      await tower.embed(batch);
      const { user, system } = process.cpuUsage(before);
      times.push((user + system) / 1_000);
    }, 3);
    const [ms, cpuMs] = [round(p50 / count), round(median(times) / count)];
    found[count] = { ms, cpuMs, likeness: Math.round(Math.min(...cosines) * 1e7) / 1e7 };
  }
  await tower.close();
  return found;
}
