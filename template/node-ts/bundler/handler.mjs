// Finds the handler in a folder that faas-cli prepared: the user's files over the template's sample.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A function cannot be built; the message is a sentence that says why. */
export class BuildError extends Error {}

const TYPESCRIPT = ['.ts', '.mts', '.cts'];
const EXTENSIONS = [...TYPESCRIPT, '.js', '.mjs', '.cjs'];
const NAMES = ['handler', 'handler/index'].flatMap((stem) => EXTENSIONS.map((extension) => `${stem}${extension}`));

/** SHA-256 of function/handler.ts with Unix line endings; a test compares it with the file. */
export const SAMPLE = 'b21bb28c64f49a3ca3f4c5730d11381f595307ee7e4184f4a1e3e8c93b880c05';

/** Whether a file is the template's unchanged sample, which faas-cli leaves beside a handler of another name. */
function isSample(file) {
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  return createHash('sha256').update(text).digest('hex') === SAMPLE;
}

export const isTypeScript = (file) => TYPESCRIPT.includes(path.extname(file));

/**
 * Finds the handler's file in a function's folder. The sample counts only if there is no other handler; `handler.ts`
 * takes precedence over a JavaScript file of the same name, which may be its compiled form.
 * @throws BuildError if there is none, or more than one
 */
export function findHandler(folder) {
  const found = NAMES.map((name) => path.join(folder, name)).filter(isFile);
  const own = found.filter((file) => !isSample(file));
  const sources = own.filter(isTypeScript);
  const [handler, ...others] = sources.length === 1 ? sources : own;
  if (others.length > 0) {
    const names = own.map((file) => path.relative(folder, file)).join(', ');
    throw new BuildError(`There is more than one handler: ${names}. Keep one of them.`);
  }
  if (handler) return handler;
  const [sample] = found;
  if (!sample) throw new BuildError('There is no handler: write handler.ts or handler.js.');
  const unused = readdirSync(folder).find((name) => isSource(name) && name !== path.basename(sample));
  if (unused) throw new BuildError(`There is no handler beside ${unused}: name it handler.ts or handler.js.`);
  return sample;
}

function isFile(file) {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Sources that must belong to a handler; tests and configuration files of tools do not. */
function isSource(name) {
  return EXTENSIONS.includes(path.extname(name)) && !/\.(test|spec|config|d)\.[cm]?[jt]s$/.test(name);
}
