// Compiles src/imaging/simd (AssemblyScript) to WebAssembly: src/imaging/kernels/simd.generated.json.
// usage: node scripts/simd.mjs
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'src/imaging/simd');
const target = path.join(root, 'src/imaging/kernels/simd.generated.json');
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '112'];

/** Of all sources. */
export function hashOfSources() {
  const hash = createHash('sha256').update(FLAGS.join());
  for (const name of readdirSync(folder).toSorted()) hash.update(name).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex');
}

/** @returns what is in the generated file @throws Error with what the compiler says */
export async function compileSimd() {
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
  if (error) throw new Error(`src/imaging/simd cannot be compiled: ${stderr}`, { cause: error });
  return { sources: hashOfSources(), wasm: Buffer.from(wasm).toString('base64') };
}

/** Compiles anew if a source has changed. Images without pictures are built without these sources. */
export async function refreshSimd() {
  if (!existsSync(folder)) return;
  const { sources } = JSON.parse(readFileSync(target, 'utf8'));
  if (sources !== hashOfSources()) await write();
}

async function write() {
  writeFileSync(target, `${JSON.stringify(await compileSimd(), undefined, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await write();
