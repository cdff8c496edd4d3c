// The one bundler: TypeScript → dist/<name>/{index,worker}.js, for `npm start`, the tests and the images.
// usage: node scripts/build.mjs [--quiet] [--out DIR] [--runtime DIR] [NAME=HANDLER_FOLDER …]
// Without names: every folder in functions/, and the programs (the gateway, the gRPC edge, the command). A program may
// be named too.
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Native packages keep their files beside them; the others, loaded on demand alone, would triple the time of every build. */
const external = ['sharp', 'onnxruntime-node', 'redis', '@aws-sdk/*'];

/** Bundled CommonJS packages still call `require` for Node's own modules. */
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** Rooms that are programs of their own: their names, and their folders. */
const programs = new Map(
  ['gateway', 'grpc', 'cli', 'deploy/idler']
    .map((folder) => [path.basename(folder), path.join(root, folder)])
    .filter(([, folder]) => existsSync(path.join(folder, 'main.ts'))),
);

/** gRPC's packages read their contracts from files beside them. */
const grpcPackages = ['@grpc/grpc-js', '@grpc/proto-loader', '@grpc/reflection', 'grpc-health-check'];

export const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  external,
  banner,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
};

/** The entry of a function: the runtime around its handler. */
function entry(handlerFolder, runtimeFolder) {
  const handler = ['handler.ts', 'handler.js', 'handler.mjs', 'handler.cjs']
    .map((name) => path.join(handlerFolder, name))
    .find((file) => existsSync(file));
  if (!handler) throw new Error(`no handler.ts or handler.js in ${handlerFolder}`);
  const modules = {
    // Imported by `serve`, so that a setting the handler refuses ends in one log line rather than in a stack.
    entry: [
      `import { serve } from ${JSON.stringify(path.join(runtimeFolder, 'serve.ts'))};`,
      `serve(import('obscura:handler').then(({ handler }) => handler));`,
    ],
    handler: [`import * as handler from ${JSON.stringify(handler)};`, 'export { handler };'],
  };
  return {
    name: 'entry',
    setup(bundler) {
      bundler.onResolve({ filter: /^obscura:/ }, ({ path: id }) => ({ path: id.slice(8), namespace: 'obscura' }));
      bundler.onLoad({ filter: /.*/, namespace: 'obscura' }, ({ path: name }) => ({
        contents: modules[name].join('\n'),
        resolveDir: handlerFolder,
        loader: 'ts',
      }));
    },
  };
}

/** Bundles one function's handler, and what else its folder has: worker.ts, prepare.ts (which is run), page/. */
export async function buildFunction(name, handlerFolder, { out, runtime }) {
  const outdir = path.join(out, name);
  await rm(outdir, { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: [{ in: 'obscura:entry', out: 'index' }],
    plugins: [entry(handlerFolder, runtime)],
    // What is imported on demand becomes a file of its own, so that no start pays for it.
    splitting: true,
    outdir,
  });
  const worker = path.join(handlerFolder, 'worker.ts');
  if (existsSync(worker)) await build({ ...common, entryPoints: [worker], splitting: true, outdir });
  const ahead = path.join(handlerFolder, 'prepare.ts');
  if (existsSync(ahead)) await prepare(ahead);
  if (existsSync(path.join(handlerFolder, 'page')))
    await buildPage(path.join(handlerFolder, 'page'), path.join(outdir, 'page'));
}

/** Runs what a function works out ahead, so that no start has to: where this repository's packages are found. */
async function prepare(entryPoint) {
  await mkdir(path.join(root, 'dist'), { recursive: true });
  const outdir = await mkdtemp(path.join(root, 'dist/prepare-'));
  try {
    await build({ ...common, entryPoints: [entryPoint], splitting: true, outdir });
    const { prepare: run } = await import(pathToFileURL(path.join(outdir, 'prepare.js')).href);
    for (const reason of await run(path.join(root, 'models'))) console.warn(reason);
  } finally {
    await rm(outdir, { recursive: true });
  }
}

/** Bundles a page's script and style under hashed names; `meta.json` tells the handler which. Samples go along. */
async function buildPage(folder, outdir) {
  const result = await build({
    entryPoints: ['main.ts', 'main.css'].map((name) => path.join(folder, name)).filter((file) => existsSync(file)),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'file', '.png': 'file', '.jpg': 'file', '.webp': 'file', '.woff2': 'file' },
    outdir,
    metafile: true,
    logLevel: 'warning',
  });
  const names = Object.entries(result.metafile.outputs).map(([file, output]) => [
    output.entryPoint ? path.basename(output.entryPoint) : path.basename(file),
    path.basename(file),
  ]);
  await mkdir(outdir, { recursive: true });
  if (existsSync(path.join(folder, 'samples'))) {
    await cp(path.join(folder, 'samples'), path.join(outdir, 'samples'), { recursive: true });
  }
  await writeFile(path.join(outdir, 'meta.json'), JSON.stringify(Object.fromEntries(names)));
}

/** Bundles a program, and its contracts where it has some. */
async function buildProgram(name, out) {
  const outdir = path.join(out, name);
  await build({
    ...common,
    external: [...external, ...grpcPackages],
    entryPoints: [{ in: path.join(programs.get(name), 'main.ts'), out: 'index' }],
    // As with functions: what is imported on demand costs no start.
    splitting: true,
    outdir,
  });
  const contracts = path.join(programs.get(name), 'proto');
  if (existsSync(contracts)) await cp(contracts, path.join(outdir, 'proto'), { recursive: true });
}

export async function buildAll({
  out = path.join(root, 'dist'),
  runtime = path.join(root, 'template/node-ts/runtime'),
} = {}) {
  const functions = readdirSync(path.join(root, 'functions'), { withFileTypes: true }).filter((item) =>
    item.isDirectory(),
  );
  await Promise.all([
    ...functions.map(({ name }) => buildFunction(name, path.join(root, 'functions', name), { out, runtime })),
    ...[...programs.keys()].map((name) => buildProgram(name, out)),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quiet: { type: 'boolean' }, out: { type: 'string' }, runtime: { type: 'string' } },
  });
  const started = performance.now();
  const options = {
    out: path.resolve(values.out ?? path.join(root, 'dist')),
    runtime: path.resolve(values.runtime ?? path.join(root, 'template/node-ts/runtime')),
  };
  if (positionals.length === 0) await buildAll(options);
  for (const item of positionals) {
    const [name, folder] = item.split('=');
    if (folder === undefined && programs.has(name)) await buildProgram(name, options.out);
    else await buildFunction(name, path.resolve(folder ?? path.join('functions', name)), options);
  }
  if (!values.quiet) console.log(`built in ${Math.round(performance.now() - started)} ms`);
}
