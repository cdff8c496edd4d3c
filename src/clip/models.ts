import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ClipManifest, parseManifest, requiredFiles } from './manifest.ts';
import { missing } from './model-missing.ts';

/** A model on disk: its manifest and the folder its files lie in. */
export interface Model {
  folder: string;
  manifest: ClipManifest;
}

/** How to mend a model, for the end of a problem's sentence. */
const MEND = 'install the model again, or choose another one.';

/**
 * The clip models in a folder of models, best first: by input size, then width of the embedding, then name.
 * Folders without a manifest, and models of other kinds, are passed over.
 * @returns each with its manifest, or with what is wrong with it
 */
export function listModels(modelsFolder: string): { id: string; model?: Model; wrong?: string }[] {
  return folders(modelsFolder)
    .flatMap((id) => readModel(path.join(modelsFolder, id), id) ?? [])
    .sort((a, b) => rank(b.model) - rank(a.model) || (a.id < b.id ? -1 : 1));
}

function folders(parent: string): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function rank(model?: Model): number {
  return model ? model.manifest.image.size * 10_000 + model.manifest.embedding : 0;
}

function readModel(folder: string, id: string): { id: string; model?: Model; wrong?: string } | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(folder, 'manifest.json'), 'utf8');
  } catch {
    return undefined;
  }
  const manifest = parseManifest(text);
  if (typeof manifest !== 'string') {
    return manifest.id === id
      ? { id, model: { folder, manifest } }
      : { id, wrong: `id: "${manifest.id}" stands in the folder "${id}"` };
  }
  return isOtherKind(text) ? undefined : { id, wrong: manifest };
}

function isOtherKind(text: string): boolean {
  try {
    const { kind } = JSON.parse(text);
    return typeof kind === 'string' && kind !== 'clip';
  } catch {
    return false;
  }
}

/**
 * Chooses the model to use: the `wanted` one, or the best one whose files are all there (a model of which only the
 * manifest is there counts as not installed).
 * @throws Problem `model-missing` that says what is there and how to mend it
 */
export function chooseModel(modelsFolder: string, wanted?: string): Model {
  const all = listModels(modelsFolder);
  const chosen = wanted
    ? all.find(({ id }) => id === wanted)
    : (all.find(({ model }) => model && absentFiles(model).length === 0) ??
      all.find(({ model }) => model && absentFiles(model).length < requiredFiles(model.manifest).length) ??
      all.find(({ wrong }) => wrong));
  if (chosen?.wrong)
    throw missing(`The manifest of the model "${chosen.id}" cannot be used (${chosen.wrong}); ${MEND}`);
  if (chosen?.model) return chosen.model;
  const there = all.map(({ id }) => id).join(', ') || 'none';
  throw missing(
    wanted
      ? `There is no model "${wanted}" (there: ${there}); install it, or choose one that is there.`
      : `No model is installed (manifests there: ${there}); install one into the models folder.`,
  );
}

function absentFiles({ folder, manifest }: Model): string[] {
  return requiredFiles(manifest).filter((name) => fileStat(path.join(folder, name)) === undefined);
}

function fileStat(file: string): { size: number; mtimeMs: number } | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? stat : undefined;
}

/** Remembers hashes by size and time of change, so that each state of a file is read once per process. */
export type HashBook = Map<string, { state: string; sha256: string }>;

/**
 * Checks every file of a model: there, of the right size, of the right SHA-256.
 * @throws Problem `model-missing` naming the file and what is wrong with it
 */
export async function verifyModel(model: Model, hashes: HashBook): Promise<void> {
  const { folder, manifest } = model;
  await Promise.all(
    requiredFiles(manifest).map(async (name) => {
      const expected = manifest.files[name];
      const stat = fileStat(path.join(folder, name));
      if (!stat) throw missing(`The file ${name} of the model "${manifest.id}" is not there; ${MEND}`);
      if (stat.size !== expected?.bytes) {
        const sizes = `it has ${stat.size} bytes, its manifest says ${expected?.bytes}`;
        throw missing(`The file ${name} of the model "${manifest.id}" is not whole (${sizes}); ${MEND}`);
      }
      const sha256 = await hashOnce(path.join(folder, name), `${stat.size} ${stat.mtimeMs}`, hashes);
      if (sha256 === expected.sha256) return;
      throw missing(`The file ${name} of the model "${manifest.id}" is not the one its manifest means; ${MEND}`);
    }),
  );
}

async function hashOnce(file: string, state: string, hashes: HashBook): Promise<string> {
  const known = hashes.get(file);
  if (known?.state === state) return known.sha256;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  const sha256 = hash.digest('hex');
  hashes.set(file, { state, sha256 });
  return sha256;
}
