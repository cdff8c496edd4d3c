// Detects whether the sources of a build have changed, by names, sizes and times of files, as make does.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The folders and files that a build reads, relative to the root. npm writes the last when packages change. */
const SOURCES = ['src', 'gateway', 'grpc', 'cli', 'deploy/idler', 'functions', 'template', 'scripts', 'package.json'];
const PACKAGES = ['package-lock.json', 'node_modules/.package-lock.json'];
const FILE = '.sources';

/**
 * @param root the repository's folder
 * @returns a hash that changes with the sources; undefined if functions/ contains a link, which is not followed
 */
export function sourcesOf(root) {
  const hash = createHash('sha256').update(`${process.version}\n`);
  for (const source of [...SOURCES, ...PACKAGES, ...manifestsOf(root)]) {
    for (const file of filesIn(root, source)) {
      if (file === undefined) return undefined;
      const { size, mtimeMs } = statSync(path.join(root, file));
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** The hash of the sources that a build was made from. */
export function sourcesOfBuild(dist) {
  const file = path.join(dist, FILE);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** The file with the hash. */
export const sourcesFile = (dist) => path.join(dist, FILE);

function manifestsOf(root) {
  const models = path.join(root, 'models');
  const names = existsSync(models) ? readdirSync(models).sort() : [];
  return names.map((name) => path.join('models', name, 'manifest.json'));
}

/** Files by name relative to the root, sorted; undefined for a link. */
function* filesIn(root, source) {
  const stat = statSync(path.join(root, source), { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isFile()) yield source;
  if (!stat.isDirectory()) return;
  const entries = readdirSync(path.join(root, source), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'node_modules') continue;
    if (entry.isSymbolicLink()) yield undefined;
    else yield* filesIn(root, path.join(source, entry.name));
  }
}
