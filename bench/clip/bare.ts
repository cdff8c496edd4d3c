import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { parseManifest } from '../../src/clip/manifest.ts';
import { normalise } from '../../src/clip/normalise.ts';
import { centreCrop, decode } from '../../src/clip/preprocess.ts';
import { openImageTower, SESSION } from '../../src/clip/session.ts';
import { round, timed } from './load.ts';

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
  return { run: (seconds: number) => timed(once, seconds), batches: () => batches(folder, image, threads) };
}

/** Whether pictures run together take less time than one after another: milliseconds a picture, the median of runs. */
async function batches(
  folder: string,
  { file, size, input }: { file: string; size: number; input: string },
  threads: number,
) {
  const session = await ort.InferenceSession.create(path.join(folder, file), {
    ...SESSION,
    intraOpNumThreads: threads,
  });
  const found: Record<string, number> = {};
  for (const count of [1, 2, 4, 8]) {
    const planes = Float32Array.from({ length: count * 3 * size * size }, (_, i) => Math.sin(i));
    const feeds = { [input]: new ort.Tensor('float32', planes, [count, 3, size, size]) };
    await session.run(feeds);
    const { p50 } = await timed(() => session.run(feeds), 3);
    found[count] = round(p50 / count);
  }
  await session.release();
  return found;
}
