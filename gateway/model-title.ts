import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FunctionSpec } from './stack/stack.ts';

interface Manifest {
  id: string;
  title: string;
  embedding: number;
}

/**
 * The title of the model that clip-fn takes; undefined where there is no clip-fn.
 * @param folder where the stack file is
 */
export function modelInUse(specs: FunctionSpec[], folder: string, env: NodeJS.ProcessEnv): string | undefined {
  const classifier = specs.find(({ name }) => name === 'clip-fn');
  return classifier && modelTitle(path.join(folder, 'models'), classifier.environment.CLIP_MODEL || env.CLIP_MODEL);
}

/**
 * The title of the model that clip-fn takes: the one that is asked for, else the widest one installed.
 * Display only: clip-fn itself decides, by its manifests.
 */
export function modelTitle(folder: string, wanted: string | undefined): string | undefined {
  const manifests = readManifests(folder);
  if (wanted) return manifests.find(({ id }) => id === wanted)?.title ?? `${wanted} (not installed)`;
  return manifests.sort((a, b) => b.embedding - a.embedding)[0]?.title;
}

function readManifests(folder: string): Manifest[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const text = readFileSync(path.join(folder, name, 'manifest.json'), 'utf8');
      const { kind, title, embedding, files = {} } = JSON.parse(text);
      // Of models that are fetched the manifest is there before they are.
      const installed = Object.keys(files).every((file) => existsSync(path.join(folder, name, file)));
      return kind === 'clip' && installed
        ? [{ id: name, title: String(title), embedding: Number(embedding) || 0 }]
        : [];
    } catch {
      return [];
    }
  });
}
