// Copies the packages that a bundle leaves outside (native ones), with all that they depend on, for one platform.
// usage: node trace.mjs BUNDLE_FOLDER NODE_MODULES OUT_NODE_MODULES [linux/arm64]      this machine's platform without
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';

const [bundle, modules, out] = process.argv.slice(2, 5).map((folder) => path.resolve(folder));
if (!out) throw new Error('usage: node trace.mjs BUNDLE_FOLDER NODE_MODULES OUT_NODE_MODULES [linux/arm64]');

/** As Docker names platforms; Node says x64 for its amd64. */
const [os, cpu] = (process.argv[5] ?? `${process.platform}/${process.arch}`).replace('amd64', 'x64').split('/');
const libc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
const copied = new Set();

/** The names of the packages that the bundle's files import. */
function importedPackages(folder) {
  const names = new Set();
  const files = readdirSync(folder, { recursive: true }).map(String);
  for (const file of files.filter((name) => /\.[cm]?js$/.test(name) && !name.includes('node_modules'))) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:\bfrom|\bimport|\brequire\()\s*\(?\s*["']([@\w][^"'\n]*)["']/g)) {
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (!specifier.startsWith('node:') && !builtinModules.includes(name)) names.add(name);
    }
  }
  return names;
}

/** The folder that Node would find the package in, seen from `from`; undefined when it is not installed. */
function locate(name, from) {
  for (let folder = from; folder.startsWith(path.dirname(modules)); folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
  }
}

/** npm's fields `os`, `cpu` and `libc`. */
function fits(manifest) {
  const allows = (list, value) =>
    !list || list.includes(value) || list.every((item) => item.startsWith('!') && item !== `!${value}`);
  return allows(manifest.os, os) && allows(manifest.cpu, cpu) && allows(manifest.libc, libc);
}

/** What no running program reads, and the other platforms' binaries of packages that bring them all. */
function wanted(file) {
  if (path.basename(file) === 'node_modules' || /\.(d\.[cm]?ts|map|md|cc|h)$/.test(file)) return false;
  const [, platform, arch] = /[\\/]bin[\\/]napi-v\d+[\\/]([^\\/]+)(?:[\\/]([^\\/]+))?/.exec(file) ?? [];
  return (!platform || platform === os) && (!arch || arch === cpu);
}

async function copyPackage(folder) {
  if (copied.has(folder)) return;
  copied.add(folder);
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (!fits(manifest)) return;
  await cp(folder, path.join(out, path.relative(modules, folder)), {
    recursive: true,
    filter: (file) => file === folder || wanted(path.join('/', path.relative(folder, file))),
  });
  const optional = manifest.optionalDependencies ?? {};
  for (const name of Object.keys({ ...manifest.dependencies, ...optional })) {
    const found = locate(name, folder);
    if (found) await copyPackage(found);
    else if (!(name in optional)) throw new Error(`${manifest.name} needs ${name}, which is not installed`);
  }
}

await mkdir(out, { recursive: true });
for (const name of importedPackages(bundle)) {
  const folder = locate(name, path.dirname(modules));
  // A bundled package may ask for optional ones that nobody installed.
  if (folder) await copyPackage(folder);
}
