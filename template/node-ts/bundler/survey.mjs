// Analyses a handler's imports without running it: whether Node can run its files, and what is missing.
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { BuildError } from './handler.mjs';

/** esbuild's name for a CommonJS variable in an ES module. */
const MIXED = 'commonjs-variable-in-esm';
const IMPORT = /^\s*import\b(?!\s*\()/m;
const BARE = /^[^./#][^:]*$/;
const SCRIPTS = /\.([cm]?[jt]s|[jt]sx|json)$/;

/** Marks packages, and files that are not scripts, as external. esbuild reports missing files. */
const outside = {
  name: 'outside',
  setup(bundler) {
    bundler.onResolve({ filter: /.*/ }, async ({ path: name, pluginData, kind, ...where }) => {
      if (kind === 'entry-point' || pluginData === 'asked' || name.startsWith('obscura:')) return undefined;
      if (BARE.test(name)) {
        const { errors } = await bundler.resolve(name, { kind, ...where, pluginData: 'asked' });
        return errors.length > 0 ? undefined : { path: name, external: true };
      }
      const file = path.resolve(where.resolveDir, name);
      return /^\.\.?\//.test(name) && path.extname(name) && !SCRIPTS.test(name) && existsSync(file)
        ? { path: name, external: true }
        : undefined;
    });
  },
};

/**
 * @param handler the handler's file
 * @param folder the function's folder
 * @param own whether it has a package.json of its own
 * @returns whether Node can run all files that it imports, and all are in that folder
 * @throws BuildError if Node cannot run or find something
 */
export async function runsAsItIs(handler, folder, own) {
  const result = await build({
    entryPoints: [handler],
    absWorkingDir: folder,
    plugins: [outside],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  }).catch((failure) => {
    throw new BuildError(failure.errors.map(sentence).join('\n'));
  });
  refuseMixed(result.warnings, own);
  const inputs = Object.entries(result.metafile.inputs);
  const mixed = new Set(result.warnings.filter(({ id }) => id === MIXED).map(({ location }) => location.file));
  for (const [file, { format }] of inputs.filter(([name]) => name.endsWith('.js') && !name.startsWith('..'))) {
    if (!(format === 'cjs' || mixed.has(file)) || !IMPORT.test(readFileSync(path.join(folder, file), 'utf8'))) continue;
    throw new BuildError(
      `${file} uses both import and CommonJS (module.exports, exports): Node runs only one of them.`,
    );
  }
  return inputs.every(([file]) => !file.startsWith('..') && !/(\.[cm]?ts|\.[jt]sx)$/.test(file));
}

/** Finds `module.exports` in an ES module (by package.json or by its own `import`), which would fail at start-up. */
export function refuseMixed(warnings, own = true) {
  // A package.json above the function's folder is not in the image, so its type does not count.
  const [mixed] = warnings.filter(
    ({ id, notes }) => id === MIXED && (own || !notes.some(({ text }) => /package\.json/.test(text))),
  );
  if (!mixed) return;
  const { file, line } = mixed.location;
  throw new BuildError(
    `${file}:${line} uses CommonJS (module.exports, exports) in an ES module. Write export default, or name the file ` +
      '.cjs, or take "type": "module" out of its package.json.',
  );
}

/** esbuild's messages that the function's author can act on. */
export function sentence({ text, location }) {
  const at = location ? `${location.file}:${location.line}: ` : '';
  const [, name] = /^Could not resolve "([^"]+)"/.exec(text) ?? [];
  if (name && BARE.test(name) && !builtinModules.includes(name)) {
    return `${at}the package of "${name}" is not installed: add it to the dependencies in the function's package.json.`;
  }
  if (name) return `${at}there is no "${name}".`;
  const [, extension] = /^No loader is configured for "([^"]+)" files/.exec(text) ?? [];
  if (extension) return `${at}a file "${extension}" cannot be bundled: read it when the function starts.`;
  return `${at}${text}`;
}
