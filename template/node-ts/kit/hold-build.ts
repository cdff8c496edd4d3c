import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Marks a build as in use until this process ends, so that later builds do not delete it (scripts/dist.mjs). Does
 * nothing outside a checkout.
 * @param folder the folder that contains `<name>/index.js`
 */
export function holdBuild(folder: string): void {
  if (!path.basename(folder).startsWith('.dist-')) return;
  const marks = path.join(folder, '.in-use');
  const mark = path.join(marks, String(process.pid));
  try {
    mkdirSync(marks, { recursive: true });
    writeFileSync(mark, '');
  } catch {
    // Not our checkout: builds are kept for a while in any case.
    return;
  }
  process.once('exit', () => rmSync(mark, { force: true }));
}
