import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { templateImports } from './template-imports.mjs';

/** `import address from 'package/file?file'`: copies the file unchanged, since large ones take long to bundle. */
const wholeFiles = {
  name: 'whole-files',
  setup(bundler) {
    bundler.onResolve({ filter: /\?file$/ }, async ({ path: id, resolveDir }) => {
      const found = await bundler.resolve(id.replace(/\?file$/, ''), { resolveDir, kind: 'import-statement' });
      return { ...found, namespace: 'whole-file' };
    });
    bundler.onLoad({ filter: /.*/, namespace: 'whole-file' }, async ({ path: file }) => ({
      contents: await readFile(file),
      loader: 'file',
    }));
  },
};

/** Bundles a page's script and style under hashed names, listed in `meta.json`. Copies the samples. */
export async function buildPage(folder, outdir) {
  const result = await build({
    entryPoints: ['main.ts', 'main.css'].map((name) => path.join(folder, name)).filter((file) => existsSync(file)),
    bundle: true,
    plugins: [templateImports, wholeFiles],
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
