import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { envText } from '#config/env';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { answerFile, type BuiltFile, type BuiltFiles, FOREVER, readBuiltFiles } from '#http/built-files';
import type { RouteAnswer } from './answer.ts';

export interface PageFiles {
  /** Script and style under hashed names. */
  assets: BuiltFiles;
  samples: BuiltFiles;
  /** Hashed names of the page's entries. */
  script: string;
  style: string;
}

let loading: Promise<PageFiles> | undefined;

/** The built page, read once: it lies beside the bundle, or in `PAGE_FOLDER`. */
export function pageFiles(): Promise<PageFiles> {
  loading ??= load(envText('PAGE_FOLDER', fileURLToPath(new URL('./page/', import.meta.url)))).catch(
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

async function load(folder: string): Promise<PageFiles> {
  const meta = JSON.parse(await readFile(path.join(folder, 'meta.json'), 'utf8')) as Record<string, string>;
  const [assets, samples] = await Promise.all([readBuiltFiles(folder), readBuiltFiles(path.join(folder, 'samples'))]);
  return { assets, samples, script: meta['main.ts'] ?? '', style: meta['main.css'] ?? '' };
}

/** `GET /assets/<name>`: hashed names never change. */
export async function serveAsset(event: FunctionEvent, name: string): Promise<RouteAnswer> {
  return serve(event, (await pageFiles()).assets.get(name), FOREVER);
}

/** `GET /samples/<name>`. */
export async function serveSample(event: FunctionEvent, name: string): Promise<RouteAnswer> {
  return serve(event, (await pageFiles()).samples.get(name), 'public, max-age=86400');
}

function serve(event: FunctionEvent, file: BuiltFile | undefined, cacheControl: string): RouteAnswer {
  if (!file) throw new Problem('not-found', 'There is no such file here; reload the page.');
  return answerFile(event.headers, file, cacheControl);
}
