import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { Problem } from '#contract/problems';

/* Models on disk: one folder each, with a manifest that lists its files. */

/** The name of a file in the model's folder; never a path. */
export const fileName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a plain file name');

/** The fields common to every `models/<id>/manifest.json`. */
export const commonManifest = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'must be lower case letters, digits, dots and dashes'),
  title: z.string().min(1).max(200),
  kind: z.string().min(1).max(40),
  version: z.string().min(1).max(60),
  source: z.string().min(1).max(500),
  licence: z.string().min(1).max(500),
  /** The model card. */
  card: fileName.optional(),
  /** Where to download a model that is not bundled: a repository on the Hugging Face hub, at a commit. */
  download: z
    .strictObject({
      repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be OWNER/NAME'),
      revision: z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit'),
    })
    .optional(),
  files: z.record(
    fileName,
    z.strictObject({
      bytes: z.int().min(1),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
      /** Its path in the repository, if it differs from the name. */
      from: z
        .string()
        .regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*){0,5}$/, 'must be a plain path')
        .optional(),
    }),
  ),
});
export type CommonManifest = z.output<typeof commonManifest>;

/** A model on disk: its manifest and its folder. */
export interface Model<Manifest extends CommonManifest = CommonManifest> {
  folder: string;
  manifest: Manifest;
}

/** The models for one task, such as `clip`. */
export interface ModelKind<Manifest extends CommonManifest> {
  kind: string;
  schema: z.ZodType<Manifest>;
  /** The files that such a model needs. Each must have a size and a hash in `files`. */
  requiredFiles(manifest: Manifest): string[];
  /** Higher is better. */
  rank(manifest: Manifest): number;
}

/** How to repair a model; ends the message of a problem. */
const MEND = 'install the model again, or choose another one.';

/** A problem with a model. It is a 503: the process keeps running and recovers when the files are repaired. */
export function modelMissing(detail: string, cause?: unknown): Problem {
  const headers = { 'retry-after': '10' };
  return new Problem('model-missing', detail, cause === undefined ? { headers } : { headers, cause });
}

interface Listed<Manifest extends CommonManifest> {
  id: string;
  model?: Model<Manifest>;
  /** What is wrong with the manifest. */
  wrong?: string;
}

/**
 * The models of one kind in a folder, best first, then by name. Ignores folders without a manifest and models of other
 * kinds.
 */
export function listModels<M extends CommonManifest>(modelsFolder: string, kind: ModelKind<M>): Listed<M>[] {
  const rank = ({ model }: Listed<M>): number => (model ? kind.rank(model.manifest) : 0);
  return folders(modelsFolder)
    .flatMap((id) => readModel(path.join(modelsFolder, id), id, kind) ?? [])
    .sort((a, b) => rank(b) - rank(a) || (a.id < b.id ? -1 : 1));
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

function readModel<M extends CommonManifest>(folder: string, id: string, kind: ModelKind<M>): Listed<M> | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(folder, 'manifest.json'), 'utf8');
  } catch {
    return undefined;
  }
  const manifest = parseManifest(text, kind);
  if (typeof manifest === 'string') return isOtherKind(text, kind.kind) ? undefined : { id, wrong: manifest };
  return manifest.id === id
    ? { id, model: { folder, manifest } }
    : { id, wrong: `id: "${manifest.id}" stands in the folder "${id}"` };
}

function isOtherKind(text: string, own: string): boolean {
  try {
    const { kind } = JSON.parse(text);
    return typeof kind === 'string' && kind !== own;
  } catch {
    return false;
  }
}

/**
 * Parses a manifest. An unknown or missing field is an error, since a typo could silently cost accuracy.
 * @returns the manifest, or a sentence that says what is wrong with it
 */
export function parseManifest<M extends CommonManifest>(text: string, kind: ModelKind<M>): M | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not valid JSON';
  }
  const result = kind.schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    return `${issue?.path.join('.') || 'it'}: ${issue?.message}`;
  }
  const unhashed = kind.requiredFiles(result.data).find((name) => !(name in result.data.files));
  return unhashed ? `files does not list ${unhashed}` : result.data;
}

/**
 * Chooses a model: the `wanted` one, or the best one with all its files. A model with only a manifest counts as not
 * installed.
 * @throws Problem `model-missing` that says what is there and how to repair it
 */
export function chooseModel<M extends CommonManifest>(
  modelsFolder: string,
  kind: ModelKind<M>,
  wanted?: string,
): Model<M> {
  const all = listModels(modelsFolder, kind);
  const absent = ({ folder, manifest }: Model<M>) =>
    kind.requiredFiles(manifest).filter((name) => fileStat(path.join(folder, name)) === undefined).length;
  const chosen = wanted
    ? all.find(({ id }) => id === wanted)
    : (all.find(({ model }) => model && absent(model) === 0) ??
      all.find(({ model }) => model && absent(model) < kind.requiredFiles(model.manifest).length) ??
      all.find(({ wrong }) => wrong));
  if (chosen?.wrong)
    throw modelMissing(`The manifest of the model "${chosen.id}" cannot be used (${chosen.wrong}); ${MEND}`);
  if (chosen?.model) return chosen.model;
  const there = all.map(({ id }) => id).join(', ') || 'none';
  throw modelMissing(
    wanted
      ? `There is no model "${wanted}" (there: ${there}); install it, or choose one that is there.`
      : `No model is installed (manifests there: ${there}); install one into the models folder.`,
  );
}

function fileStat(file: string): { size: number; mtimeMs: number } | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? stat : undefined;
}

/** Hashes by file, valid for one size and time of change, so that each process hashes each state of a file once. */
export type HashBook = Map<string, { state: string; sha256: string }>;

/**
 * Checks that files of a model exist and have the right size and SHA-256.
 * @throws Problem `model-missing` that names the file and what is wrong with it
 */
export async function verifyFiles({ folder, manifest }: Model, names: string[], hashes: HashBook): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const expected = manifest.files[name];
      const stat = fileStat(path.join(folder, name));
      if (!stat) throw modelMissing(`The file ${name} of the model "${manifest.id}" is not there; ${MEND}`);
      if (stat.size !== expected?.bytes) {
        const sizes = `it has ${stat.size} bytes, its manifest says ${expected?.bytes}`;
        throw modelMissing(`The file ${name} of the model "${manifest.id}" is not whole (${sizes}); ${MEND}`);
      }
      const sha256 = await hashOnce(path.join(folder, name), `${stat.size} ${stat.mtimeMs}`, hashes);
      if (sha256 === expected.sha256) return;
      throw modelMissing(`The file ${name} of the model "${manifest.id}" is not the one its manifest means; ${MEND}`);
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
