// Compiles AssemblyScript to WebAssembly: src/imaging/simd, src/clip/simd → simd.generated.json.
// usage: node scripts/simd.mjs
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Folders of sources, and the file that each becomes. */
export const MODULES = [
  ['src/imaging/simd', 'src/imaging/kernels/simd.generated.json'],
  ['src/clip/simd', 'src/clip/simd.generated.json'],
].map((pair) => pair.map((name) => path.join(root, name)));
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '112'];

/** Of all sources. */
export function hashOfSources(folder) {
  const hash = createHash('sha256').update(FLAGS.join());
  for (const name of readdirSync(folder).toSorted()) hash.update(name).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex');
}

/** @returns the content of the generated file @throws Error with the compiler's messages */
export async function compileSimd(folder) {
  const { default: asc } = await import('assemblyscript/asc');
  let wasm;
  const { error, stderr } = await asc.main(['index.ts', ...FLAGS, '--outFile', 'out.wasm'], {
    readFile: (name) => {
      const file = path.join(folder, name);
      return path.dirname(file) === folder && readdirSync(folder).includes(name) ? readFileSync(file, 'utf8') : null;
    },
    writeFile: (_, contents) => {
      wasm = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${folder} cannot be compiled: ${stderr}`, { cause: error });
  return { sources: hashOfSources(folder), wasm: Buffer.from(wasm).toString('base64') };
}

/** Compiles again what has changed. Some images are built without these sources. */
export async function refreshSimd() {
  for (const [folder, target] of MODULES) {
    if (!existsSync(folder)) continue;
    const { sources } = JSON.parse(readFileSync(target, 'utf8'));
    if (sources !== hashOfSources(folder)) await write(folder, target);
  }
}

async function write(folder, target) {
  writeFileSync(target, `${JSON.stringify(await compileSimd(folder), undefined, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const module of MODULES) await write(...module);
