import type { ClassifierSettings } from '#clip';
import { envNumber, envText, modelsFolder } from '#config/env';
import { limitsFromEnv } from '#intake';

/**
 * Reads the environment: `CLIP_MODELS` (folder of models; by default the one in the image), `CLIP_MODEL`,
 * `CLIP_LABELSETS` (folder), `CLIP_LABELSET` (the default set), `CLIP_WORKERS`, `CLIP_THREADS`, `CLIP_TOGETHER`,
 * `CLIP_REQUESTS`, `CLIP_CACHE_MIB`.
 * @throws at start-up if one of them is invalid
 */
export function readSettings(): Omit<ClassifierSettings, 'workerUrl'> {
  const optional = (name: string) => envText(name, '') || undefined;
  const counted = (name: string, max: number) => envNumber(name, 0, { min: 0, max }) || undefined;
  return {
    defaultLabelset: envText('CLIP_LABELSET', 'everyday'),
    modelsFolder: modelsFolder(),
    model: optional('CLIP_MODEL'),
    labelsets: optional('CLIP_LABELSETS'),
    workers: envNumber('CLIP_WORKERS', 1, { min: 1, max: 64 }),
    threads: counted('CLIP_THREADS', 256),
    batchSize: counted('CLIP_TOGETHER', 64),
    maxPixels: limitsFromEnv().maxPixels,
    requests: envNumber('CLIP_REQUESTS', 128, { min: 1, max: 10_000 }),
    cacheBytes: envNumber('CLIP_CACHE_MIB', 64, { min: 1, max: 4096 }) * 1024 * 1024,
  };
}
