// Bundles TypeScript to dist/<name>/{index,worker}.js, for `npm start`, the tests and the images.
// usage: node scripts/build.mjs [--quiet] [--if-changed] [--out DIR] [NAME[=HANDLER_FOLDER] …]
// --if-changed: does nothing if the newest build was made from these sources.
// Without --out: builds into a new folder, which `dist` then links to (dist.mjs), so that running programs keep theirs.
// Without names: all functions and programs (the gateway, the gRPC edge, the command, the tool for models). Functions
// are built by their template, as in their images. Kernels are compiled if their sources have changed (simd.mjs).
import { existsSync, readdirSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildFunction, externalOf, common as options } from '../template/node-ts/bundler/function.mjs';
import { BuildError } from '../template/node-ts/bundler/handler.mjs';
import { buildPage } from '../template/node-ts/bundler/page.mjs';
import { replaceDist } from './dist.mjs';
import { refreshSimd } from './simd.mjs';
import { sourcesFile, sourcesOf, sourcesOfBuild } from './sources.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** esbuild's options for programs and tools. */
export const common = { ...options, external: externalOf(root) };

/** Programs and their folders. */
const programs = new Map(
  ['gateway', 'grpc', 'cli', 'deploy/idler', 'scripts/models']
    .map((folder) => [path.basename(folder), path.join(root, folder)])
    .filter(([, folder]) => existsSync(path.join(folder, 'main.ts'))),
);

/** gRPC's packages read their .proto files from beside the bundle. */
const grpcPackages = ['@grpc/grpc-js', '@grpc/proto-loader', '@grpc/reflection', 'grpc-health-check'];

/** Bundles a program, with its .proto files and sample client if it has them. */
async function buildProgram(name, out) {
  const outdir = path.join(out, name);
  const client = path.join(programs.get(name), 'sample-client.ts');
  await build({
    ...common,
    external: [...common.external, ...grpcPackages],
    entryPoints: [
      { in: path.join(programs.get(name), 'main.ts'), out: 'index' },
      ...(existsSync(client) ? [{ in: client, out: 'sample-client' }] : []),
    ],
    // As with functions, dynamic imports cost no start-up time.
    splitting: true,
    outdir,
  });
  if (name === 'gateway') await buildPage(path.join(root, 'src/http/page'), path.join(outdir, 'docs'));
  const contracts = path.join(programs.get(name), 'proto');
  if (existsSync(contracts)) await cp(contracts, path.join(outdir, 'proto'), { recursive: true });
}

async function buildAll(out) {
  const functions = readdirSync(path.join(root, 'functions'), { withFileTypes: true }).filter((item) =>
    item.isDirectory(),
  );
  const results = await Promise.allSettled([
    ...functions.map(({ name }) => buildNamed(name, path.join(root, 'functions', name), out)),
    ...[...programs.keys()].map((name) => buildProgram(name, out)),
  ]);
  // After all have settled: nothing must write into the folder of a failed build while it is deleted.
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

/** @throws BuildError with the function's name */
async function buildNamed(name, folder, out) {
  try {
    await buildFunction(name, folder, { out, root });
  } catch (error) {
    throw error instanceof BuildError
      ? new BuildError(`The function ${name} cannot be built. ${error.message}`)
      : error;
  }
}

/** @param items names of programs and functions, or `NAME=HANDLER_FOLDER` */
export async function buildSome(items, out) {
  for (const item of items) {
    const [name, folder] = item.split('=');
    if (folder === undefined && programs.has(name)) await buildProgram(name, out);
    else await buildNamed(name, path.resolve(folder ?? path.join('functions', name)), out);
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quiet: { type: 'boolean' }, 'if-changed': { type: 'boolean' }, out: { type: 'string' } },
  });
  const started = performance.now();
  await refreshSimd();
  const dist = path.join(root, 'dist');
  const all = values.out === undefined && positionals.length === 0;
  // Before anything is read, so that the next build sees changes made in the meantime.
  const sources = all ? sourcesOf(root) : undefined;
  if (values['if-changed'] && sources !== undefined && sources === sourcesOfBuild(dist)) return;
  const buildInto = (out) => (positionals.length === 0 ? buildAll(out) : buildSome(positionals, out));
  if (values.out === undefined) await replaceDist(dist, buildInto);
  else await buildInto(path.resolve(values.out));
  if (sources !== undefined) await writeFile(sourcesFile(dist), sources);
  if (!values.quiet) console.log(`built in ${Math.round(performance.now() - started)} ms`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error) => {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
}
