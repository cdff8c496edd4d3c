// Bundles and runs scripts/NAME/main.ts, or a file, which may import the functions' code.
// usage: node scripts/run.mjs NAME|FILE.ts [its arguments …]
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { common } from './build.mjs';

const scripts = path.dirname(fileURLToPath(import.meta.url));
const [name] = process.argv.splice(2, 1);
const entry = name.endsWith('.ts') ? path.resolve(name) : path.join(scripts, name, 'main.ts');
const outfile = path.join(scripts, '../dist/scripts', `${path.basename(name, '.ts')}.js`);
await build({ ...common, entryPoints: [entry], outfile });
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
