// Looks at what a handler imports, without running it: whether Node can run its files as they are, and what is missing.
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

/** Leaves packages, and files that are no script, where they are. What is missing is left to esbuild, which says so. */
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
 * @param handler its file
 * @param folder the function's folder
 * @param own whether it has a package.json of its own
 * @returns whether Node can run all that it reaches, which is in that folder
 * @throws BuildError for what Node could not run or find
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

/** `module.exports` in what its package.json, or its own `import`, makes an ES module: it would fail at the start. */
export function refuseMixed(warnings, own = true) {
  // A package.json above the function's folder is not shipped: what it says of modules does not count.
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

/** What esbuild says, where a function's author can do something about it. */
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
