import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type CommonManifest, commonManifest, type Model } from '#inference/models';
import { UsageError } from './usage-error.ts';

export type FileFacts = CommonManifest['files'][string];
/** A model's manifest and the folder its files belong in. */
export type Entry = Model;

/** `wrong`: the file does not match the manifest. */
export type FileState = 'whole' | 'missing' | 'wrong';

/** The models that have a manifest, by name. @throws UsageError naming a manifest that cannot be read */
export async function readCatalogue(modelsFolder: string): Promise<Entry[]> {
  const names = await readdir(modelsFolder).catch(() => []);
  const entries = await Promise.all(names.sort().map((name) => readEntry(path.join(modelsFolder, name))));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(folder: string): Promise<Entry | undefined> {
  const text = await readFile(path.join(folder, 'manifest.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const id = path.basename(folder);
  try {
    const manifest = commonManifest.parse(JSON.parse(text));
    if (manifest.id === id) return { folder, manifest };
  } catch {
    // Reported below.
  }
  throw new UsageError(`The manifest of "${id}" cannot be read; correct it, or remove the folder.`);
}

/** @throws UsageError that lists the models there are */
export async function findEntry(modelsFolder: string, id: string): Promise<Entry> {
  const all = await readCatalogue(modelsFolder);
  const found = all.find(({ manifest }) => manifest.id === id);
  if (found) return found;
  throw new UsageError(
    `There is no model "${id}"; there are: ${all.map(({ manifest }) => manifest.id).join(', ')}.`,
    2,
  );
}

/** The state of each file of a model. @param thorough compares the SHA-256, not only the size */
export async function fileStates({ folder, manifest }: Entry, thorough: boolean): Promise<Map<string, FileState>> {
  const states = new Map<string, FileState>();
  for (const [name, facts] of Object.entries(manifest.files)) {
    const file = path.join(folder, name);
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    const wrong = size !== facts.bytes || (thorough && (await sha256Of(file)) !== facts.sha256);
    states.set(name, size === undefined ? 'missing' : wrong ? 'wrong' : 'whole');
  }
  return states;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

export function totalBytes({ manifest }: Entry): number {
  return Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
}
