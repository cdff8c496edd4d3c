// Gives bundled files their location: `__dirname`, and `import.meta` below the function's folder.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';

/** The bundle's own URL, for the files in it. */
export const BUNDLE_URL = 'globalThis.__bundleUrl = import.meta.url;';

const PLACES = {
  __dirname: '__placeFolder',
  __filename: '__placeFile',
};
const BELOW = {
  'import.meta.url': '__placeUrl',
  'import.meta.dirname': '__placeFolder',
  'import.meta.filename': '__placeFile',
};

/**
 * Files beside the handler are copied beside its bundle; with this, the function's sources find them there.
 * @param folder the function's folder
 */
export function places(folder) {
  return {
    name: 'places',
    setup(bundler) {
      bundler.onLoad({ filter: /\.[cm]?[jt]s$/, namespace: 'file' }, async ({ path: file }) => {
        const inside = path.relative(folder, file).replaceAll(path.sep, '/');
        if (inside.startsWith('..') || path.isAbsolute(inside) || inside.includes('node_modules/')) return undefined;
        const define = inside.includes('/') ? { ...PLACES, ...BELOW } : PLACES;
        const source = await readFile(file, 'utf8');
        if (!Object.keys(define).some((name) => source.includes(name))) return undefined;
        const loader = /ts$/.test(file) ? 'ts' : 'js';
        const banner = [
          `var __placeUrl = new URL(${JSON.stringify(inside)}, globalThis.__bundleUrl).href;`,
          `var __placeFile = process.getBuiltinModule('node:url').fileURLToPath(__placeUrl);`,
          `var __placeFolder = process.getBuiltinModule('node:path').dirname(__placeFile);`,
        ].join(' ');
        const options = { loader, define, banner, sourcefile: file, sourcemap: 'inline', logLevel: 'silent' };
        const { code } = await transform(source, options);
        return { contents: code, loader: 'js' };
      });
    },
  };
}
