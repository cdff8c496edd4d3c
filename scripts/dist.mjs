// `dist` is a link to the newest build. Each build is a folder beside it, `.dist-…`. Node follows links when it loads
// files, so a running program keeps the build it started with.
import { randomBytes } from 'node:crypto';
import {
  chmod,
  cp,
  link,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';

const PREFIX = '.dist-';
/** How long a replaced build is kept, for programs that were just started from it. */
const KEPT_MS = 3_600_000;

/**
 * Builds into a new folder, and makes that `dist` once it is complete.
 * @param dist the link
 * @param build fills the given folder: a subfolder for each target
 */
export async function replaceDist(dist, build) {
  const root = path.dirname(dist);
  const draft = await mkdtemp(path.join(root, PREFIX));
  try {
    await chmod(draft, 0o755);
    await build(draft);
    const current = await realpath(dist).catch(() => undefined);
    if (current && (await isSame(draft, current))) return await rm(draft, { recursive: true });
    if (current) await addMissing(current, draft);
    await pointAt(dist, draft);
    const now = new Date();
    if (current) await utimes(current, now, now).catch(() => {});
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await removeOld(root, await realpath(dist));
}

/** Whether a folder already contains the same build, byte for byte. */
async function isSame(built, folder) {
  for (const name of await readdir(built)) {
    const [mine, theirs] = await Promise.all([built, folder].map((parent) => filesOf(path.join(parent, name))));
    if (mine.join('\n') !== theirs.join('\n')) return false;
    for (const file of mine) {
      const [a, b] = await Promise.all([built, folder].map((parent) => readFile(path.join(parent, name, file))));
      if (!a.equals(b)) return false;
    }
  }
  return true;
}

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
}

/** Keeps targets that were not built this time: other functions, and tools. Files are linked, not copied. */
async function addMissing(from, to) {
  const built = new Set(await readdir(to));
  for (const name of await readdir(from)) {
    if (built.has(name) || name.startsWith('.') || /^(prepare|handlers)-/.test(name)) continue;
    await share(path.join(from, name), path.join(to, name));
  }
}

async function share(from, to) {
  const filter = async (file, copy) => {
    if (!(await lstat(file)).isFile()) return true;
    // A file system without hard links gets a copy.
    return link(file, copy).then(
      () => false,
      () => true,
    );
  };
  await cp(from, to, { recursive: true, verbatimSymlinks: true, filter });
}

/** Atomic, so that `dist` always exists. */
async function pointAt(dist, folder) {
  const draft = `${folder}.link`;
  await symlink(path.basename(folder), draft, 'dir');
  // Earlier versions built into a folder of this name.
  if ((await lstat(dist).catch(() => undefined))?.isDirectory()) {
    await rename(dist, path.join(path.dirname(dist), `${PREFIX}${randomBytes(4).toString('hex')}`));
  }
  await rename(draft, dist);
}

/** Removes builds that were replaced long ago and are not in use. */
async function removeOld(root, current) {
  const before = Date.now() - KEPT_MS;
  for (const name of (await readdir(root)).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = path.join(root, name);
    const found = await lstat(folder).catch(() => undefined);
    if (!found || folder === current || found.mtimeMs > before || (await isInUse(folder))) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a program that marked the build (template/node-ts/kit/hold-build.ts) still runs. */
async function isInUse(folder) {
  const marks = await readdir(path.join(folder, '.in-use')).catch(() => []);
  return marks.some((pid) => {
    try {
      return process.kill(Number(pid), 0);
    } catch (error) {
      return error.code === 'EPERM';
    }
  });
}
