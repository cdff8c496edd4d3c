import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type sharp from 'sharp';

const load = createRequire(import.meta.url);
let loaded: typeof sharp | undefined;

/**
 * sharp, loaded on first use. Functions open pictures in child processes, and to load libvips would double the time
 * that their own process takes to start.
 */
export function engine(): typeof sharp {
  if (!loaded) {
    loaded = load('sharp') as typeof sharp;
    // libvips remembers the last hundred operations, and with each the decoder that it ran, such as all coefficients of
    // a progressive JPEG. A server's pictures differ: nothing is gained, and each process would grow by every one.
    loaded.cache(false);
  }
  return loaded;
}

/**
 * Loads sharp before the first picture comes. Images get the packages that bundles import by name; `load` above names
 * none that a search would find.
 */
export async function loadEngine(): Promise<void> {
  await import('sharp');
  engine();
}

/** The version of sharp, which also determines that of libvips. */
export function engineVersion(): string {
  const manifest = path.resolve(load.resolve('sharp'), '../../package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
