// usage: node main.mjs --out DIR --root DIR NAME=HANDLER_FOLDER …
// DIR of --root is the workspace: the package whose sources and packages functions share. It may be an empty folder.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildFunction } from './function.mjs';
import { BuildError } from './handler.mjs';

const text = { type: 'string' };
const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: text, root: text } });
try {
  for (const item of positionals) {
    const [name, folder] = item.split('=');
    await buildFunction(name, path.resolve(folder), { out: path.resolve(values.out), root: path.resolve(values.root) });
  }
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`The function cannot be built. ${error.message}`);
  process.exitCode = 1;
}
