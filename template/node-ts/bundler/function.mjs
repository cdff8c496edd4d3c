// Builds a function: its handler → OUT/NAME/index.js, which serves it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { BuildError, findHandler, isTypeScript } from './handler.mjs';
import { buildPage } from './page.mjs';
import { BUNDLE_URL, places } from './place.mjs';
import { refuseMixed, runsAsItIs, sentence } from './survey.mjs';
import { templateImports } from './template-imports.mjs';

const runtime = fileURLToPath(new URL('../runtime/', import.meta.url));

/** Folders of pages that a function may have. */
const PAGES = ['page', 'docs'];

/** Bundled CommonJS packages still call `require` for Node's own modules. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** esbuild's options for everything that runs in Node. */
export const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  banner: { js: REQUIRE },
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
};

/** The packages that a workspace keeps out of its bundles: `"bundle": { "external": […] }` in its package.json. */
export function externalOf(root) {
  const file = path.join(root, 'package.json');
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, 'utf8')).bundle?.external ?? [];
}

/**
 * Builds a function's handler, and what else its folder has: worker.ts, prepare.ts (which is run), page/main.ts,
 * docs/main.ts. JavaScript that Node can run stays as it is; all else is bundled. Packages of the function's own
 * package.json are left outside, those of the workspace are bundled but for the ones that it names.
 * @param handlerFolder the function's; it may be a link
 * @param root the workspace's: the folder whose packages and sources functions share
 * @throws BuildError that says in a sentence what is wrong
 */
export async function buildFunction(name, handlerFolder, { out, root }) {
  // As esbuild names its files, or `places` would take them for files elsewhere.
  const folder = existsSync(handlerFolder) ? await realpath(handlerFolder) : handlerFolder;
  const outdir = path.join(out, name);
  await rm(outdir, { recursive: true, force: true });
  const handler = findHandler(folder);
  const own = existsSync(path.join(folder, 'package.json'));
  if (own && existsSync(path.join(folder, 'node_modules'))) await linkPackages(folder, outdir);
  const external = own ? [] : externalOf(root);
  const options = { ...common, banner: { js: `${REQUIRE} ${BUNDLE_URL}` }, external, outdir, logLevel: 'silent' };
  if (!isTypeScript(handler) && (await runsAsItIs(handler, folder, own))) await keep(handler, folder, options);
  else await bundle(handler, folder, { ...options, packages: own ? 'external' : 'bundle' });
  const ahead = path.join(folder, 'prepare.ts');
  if (existsSync(ahead)) await prepare(ahead, { ...options, outdir: path.join(out, '..') }, root);
  for (const page of PAGES) {
    if (existsSync(path.join(folder, page, 'main.ts')))
      await buildPage(path.join(folder, page), path.join(outdir, page));
  }
}

/** The bundle finds the function's packages as its sources do. */
async function linkPackages(folder, outdir) {
  await mkdir(outdir, { recursive: true });
  await symlink(path.join(folder, 'node_modules'), path.join(outdir, 'node_modules'), 'junction');
}

/** Serves a handler that Node runs as it is: its folder is copied beside the bundle of the runtime. */
async function keep(handler, folder, options) {
  const copy = path.join(options.outdir, 'function');
  await cp(folder, copy, { recursive: true, filter: (file) => isKept(path.relative(folder, file)) });
  // Without one of its own, its syntax says what kind of module it is, whatever the folders above say.
  if (!existsSync(path.join(copy, 'package.json'))) await writeFile(path.join(copy, 'package.json'), '{}\n');
  const at = `./function/${path.relative(folder, handler).replaceAll(path.sep, '/')}`;
  const modules = { entry: serving(JSON.stringify(at)) };
  const entryPoints = [{ in: 'obscura:entry', out: 'index' }];
  await esbuild({ ...options, external: [at], entryPoints, plugins: [virtual(modules, folder)] });
}

function isKept(file) {
  return !file.split(path.sep).some((part) => ['node_modules', '.git', 'workspace'].includes(part));
}

async function bundle(handler, folder, options) {
  await copyAssets(folder, options.outdir);
  const modules = {
    // Imported by `serve`, so that a setting the handler refuses ends in one log line rather than in a stack.
    entry: serving("'obscura:handler'", '.then(({ handler }) => handler)'),
    handler: `import * as handler from ${JSON.stringify(handler)}; export { handler };`,
  };
  const entryPoints = [{ in: 'obscura:entry', out: 'index' }];
  const worker = path.join(folder, 'worker.ts');
  const plugins = [virtual(modules, folder), places(folder)];
  // What is imported on demand becomes a file of its own, so that no start pays for it.
  await esbuild({ ...options, entryPoints, plugins, splitting: true });
  if (existsSync(worker)) await esbuild({ ...options, entryPoints: [worker], splitting: true });
}

function serving(module, then = '') {
  return `import { serve } from ${JSON.stringify(path.join(runtime, 'serve.ts'))}; serve(import(${module})${then});`;
}

/** Modules that are in no file. */
function virtual(modules, resolveDir) {
  return {
    name: 'virtual',
    setup(bundler) {
      bundler.onResolve({ filter: /^obscura:/ }, ({ path: id }) => ({ path: id.slice(8), namespace: 'obscura' }));
      bundler.onLoad({ filter: /.*/, namespace: 'obscura' }, ({ path: name }) => ({
        contents: modules[name],
        resolveDir,
        loader: 'ts',
      }));
    },
  };
}

/** @throws BuildError in place of esbuild's own */
async function esbuild(options) {
  const plugins = [templateImports, ...(options.plugins ?? [])];
  const { warnings } = await build({ ...options, plugins }).catch((failure) => {
    throw failure.errors ? new BuildError(failure.errors.map(sentence).join('\n')) : failure;
  });
  refuseMixed(warnings, options.packages !== 'bundle');
  for (const warning of warnings) console.warn(sentence(warning));
}

/** What a bundled handler may read when it runs: files of its folder that are no sources. */
async function copyAssets(folder, outdir) {
  const page = existsSync(path.join(folder, 'page', 'main.ts')) ? ['page'] : [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => isKept(file) && !page.includes(file.split(path.sep)[0]))
    .filter((file) => !/(\.[cm]?tsx?|^package(-lock)?\.json|^tsconfig\.json|^\.npmrc)$/.test(file));
  for (const file of files) await cp(path.join(folder, file), path.join(outdir, file));
}

/** Runs what a function works out ahead, so that no start has to: where the workspace's packages are found. */
async function prepare(entryPoint, options, root) {
  const folder = await mkdtemp(path.join(root, '.dist-prepare-'));
  // As deep as the bundles of functions.
  const outdir = path.join(folder, 'prepare');
  try {
    await esbuild({ ...options, entryPoints: [entryPoint], splitting: true, outdir });
    const { prepare: run } = await import(pathToFileURL(path.join(outdir, 'prepare.js')).href);
    for (const reason of await run(path.join(root, 'models'))) console.warn(reason);
  } finally {
    await rm(folder, { recursive: true });
  }
}
