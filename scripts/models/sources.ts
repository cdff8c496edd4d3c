import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommonManifest } from '#inference/models';
import { type Opened, openUrl } from './http.ts';
import { UsageError } from './usage-error.ts';

const HUB = 'https://huggingface.co';

/** Opens a file of a model. @throws UsageError, with `again` if another attempt may help */
export type Source = (file: string, offset: number, signal: AbortSignal) => Promise<Opened>;

/**
 * The source of a model's files.
 * @param from a folder or an address with the files, named as here or as in the hub's repository; by default the hub of
 *   `HF_ENDPOINT`, or Hugging Face's
 */
export function sourceFor(manifest: CommonManifest, from: string | undefined, env = process.env): Source {
  const candidates = (file: string) => [...new Set([manifest.files[file]?.from ?? file, file])];
  if (from === undefined) {
    const { download } = manifest;
    if (!download)
      throw new UsageError(`The manifest of "${manifest.id}" names no hub; say where the files are with --from.`, 2);
    const hub = (env.HF_ENDPOINT?.trim() || HUB).replace(/\/+$/, '');
    const base = `${hub}/${download.repository}/resolve/${download.revision}`;
    return (file, offset, signal) => openUrl(`${base}/${candidates(file)[0]}`, offset, signal);
  }
  if (/^https?:\/\//i.test(from)) return fromAddress(from.replace(/\/+$/, ''), candidates);
  return fromFolder(from.startsWith('file:') ? fileURLToPath(from) : path.resolve(from), candidates);
}

function fromAddress(base: string, candidates: (file: string) => string[]): Source {
  return async (file, offset, signal) => {
    let failure: unknown;
    for (const name of candidates(file)) {
      try {
        return await openUrl(`${base}/${name}`, offset, signal);
      } catch (error) {
        if (!(error instanceof UsageError) || error.again || !/404/.test(error.message)) throw error;
        failure = error;
      }
    }
    throw failure;
  };
}

function fromFolder(folder: string, candidates: (file: string) => string[]): Source {
  return async (file, offset, signal) => {
    for (const name of candidates(file)) {
      const full = path.join(folder, name);
      const found = await stat(full).catch(() => undefined);
      if (!found?.isFile()) continue;
      const start = Math.min(offset, found.size);
      return {
        offset: start,
        total: found.size,
        chunks: createReadStream(full, { start, signal, highWaterMark: 1 << 20 }),
      };
    }
    throw new UsageError(`There is no ${candidates(file).join(' or ')} in ${folder}.`);
  };
}
