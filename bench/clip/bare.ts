import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseManifest } from '../../src/clip/manifest.ts';
import { centreCrop, decode, normalise } from '../../src/clip/preprocess.ts';
import { openImageTower } from '../../src/clip/session.ts';
import { percentiles, round } from './load.ts';

/**
 * The least that any server must do: decode, preprocess and run the graph, one picture after another in one process,
 * without HTTP, workers, labels or a queue.
 * @returns milliseconds a picture and pictures a second
 */
export async function bare(folder: string, picture: Buffer, threads: number, seconds: number) {
  const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
  if (typeof manifest === 'string') throw new Error(manifest);
  const { size } = manifest.image;
  const tower = await openImageTower({ folder, manifest }, threads);
  const once = async () => {
    const decoded = await decode(picture, size, { exif: 'orient', maxPixels: 50_000_000 });
    await tower.embed(normalise(centreCrop(decoded, size), manifest.image));
  };
  for (let i = 0; i < 10; i += 1) await once();
  const times: number[] = [];
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    const start = performance.now();
    await once();
    times.push(performance.now() - start);
  }
  return { perSecond: round((times.length * 1_000) / (performance.now() - began)), ...percentiles(times) };
}
