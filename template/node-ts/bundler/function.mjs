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

/** Folders with pages that a function may have. */
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
 * Builds a function's handler and, if its folder has them, worker.ts, prepare.ts (which is run), page/main.ts and
 * docs/main.ts. JavaScript that Node can run is copied; everything else is bundled. Packages of the function's own
 * package.json stay external; those of the workspace are bundled, except the ones that it names.
 * @param handlerFolder the function's folder, or a link to it
 * @param root the workspace: the folder with the packages and sources that functions share
 * @throws BuildError with a sentence that says what is wrong
 */
export async function buildFunction(name, handlerFolder, { out, root }) {
  // Resolved as esbuild does; otherwise `places` would not recognise the files.
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

/** Links the function's packages, so that the bundle finds them as its sources do. */
async function linkPackages(folder, outdir) {
  await mkdir(outdir, { recursive: true });
  await symlink(path.join(folder, 'node_modules'), path.join(outdir, 'node_modules'), 'junction');
}

/** Copies a handler that Node can run beside the bundle of the runtime. */
async function keep(handler, folder, options) {
  const copy = path.join(options.outdir, 'function');
  await cp(folder, copy, { recursive: true, filter: (file) => isKept(path.relative(folder, file)) });
  // Without a package.json of its own, its syntax decides the kind of module, not one in a folder above.
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
    // Imported by `serve`, so that an error at start-up becomes one log line and not a stack trace.
    entry: serving("'obscura:handler'", '.then(({ handler }) => handler)'),
    handler: `import * as handler from ${JSON.stringify(handler)}; export { handler };`,
  };
  const entryPoints = [{ in: 'obscura:entry', out: 'index' }];
  const worker = path.join(folder, 'worker.ts');
  const plugins = [virtual(modules, folder), places(folder)];
  // Dynamic imports become files of their own, which cost no start-up time.
  await esbuild({ ...options, entryPoints, plugins, splitting: true });
  if (existsSync(worker)) await esbuild({ ...options, entryPoints: [worker], splitting: true });
}

function serving(module, then = '') {
  return `import { serve } from ${JSON.stringify(path.join(runtime, 'serve.ts'))}; serve(import(${module})${then});`;
}

/** Virtual modules. */
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

/** @throws BuildError instead of esbuild's error */
async function esbuild(options) {
  const plugins = [templateImports, ...(options.plugins ?? [])];
  const { warnings } = await build({ ...options, plugins }).catch((failure) => {
    throw failure.errors ? new BuildError(failure.errors.map(sentence).join('\n')) : failure;
  });
  refuseMixed(warnings, options.packages !== 'bundle');
  for (const warning of warnings) console.warn(sentence(warning));
}

/** Copies files that a bundled handler may read at run time: those of its folder that are not sources. */
async function copyAssets(folder, outdir) {
  const page = existsSync(path.join(folder, 'page', 'main.ts')) ? ['page'] : [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => isKept(file) && !page.includes(file.split(path.sep)[0]))
    .filter((file) => !/(\.[cm]?tsx?|^package(-lock)?\.json|^tsconfig\.json|^\.npmrc)$/.test(file));
  for (const file of files) await cp(path.join(folder, file), path.join(outdir, file));
}

/** Runs prepare.ts, which computes ahead of time what each start would need. */
async function prepare(entryPoint, options, root) {
  const folder = await mkdtemp(path.join(root, '.dist-prepare-'));
  // At the same depth as the bundles of functions.
  const outdir = path.join(folder, 'prepare');
  try {
    await esbuild({ ...options, entryPoints: [entryPoint], splitting: true, outdir });
    const { prepare: run } = await import(pathToFileURL(path.join(outdir, 'prepare.js')).href);
    for (const reason of await run(path.join(root, 'models'))) console.warn(reason);
  } finally {
    await rm(folder, { recursive: true });
  }
}
