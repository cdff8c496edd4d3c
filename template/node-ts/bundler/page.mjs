import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { templateImports } from './template-imports.mjs';

/** Bundles a page's script and style under hashed names; `meta.json` tells the handler which. Samples go along. */
export async function buildPage(folder, outdir) {
  const result = await build({
    entryPoints: ['main.ts', 'main.css'].map((name) => path.join(folder, name)).filter((file) => existsSync(file)),
    bundle: true,
    plugins: [templateImports],
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
