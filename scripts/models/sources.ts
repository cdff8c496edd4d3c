import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommonManifest } from '#inference/models';
import { type Opened, openUrl } from './http.ts';
import { UsageError } from './usage-error.ts';

const HUB = 'https://huggingface.co';

/** Opens a file of a model. @throws UsageError, with `again` when another try may help */
export type Source = (file: string, offset: number, signal: AbortSignal) => Promise<Opened>;

/**
 * Where a model's files come from.
 * @param from a folder or an address in which they lie, under their own names or as in the hub's repository;
 *   without it the hub that `HF_ENDPOINT` names, or Hugging Face's
 */
export function sourceFor(manifest: CommonManifest, from: string | undefined, env = process.env): Source {
  const candidates = (file: string) => [...new Set([manifest.files[file]?.from ?? file, file])];
  if (from === undefined) {
    const { download } = manifest;
    if (!download)
      throw new UsageError(`The model "${manifest.id}" comes from no hub; say where it is with --from.`, 2);
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
    throw new UsageError(`There is no ${candidates(file).join(' and no ')} in ${folder}.`);
  };
}
