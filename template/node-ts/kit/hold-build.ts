import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Marks a build as in use until this process ends, so that later builds do not remove it (scripts/dist.mjs). Does
 * nothing elsewhere than in a checkout.
 * @param folder holds `<name>/index.js`
 */
export function holdBuild(folder: string): void {
  if (!path.basename(folder).startsWith('.dist-')) return;
  const marks = path.join(folder, '.in-use');
  const mark = path.join(marks, String(process.pid));
  try {
    mkdirSync(marks, { recursive: true });
    writeFileSync(mark, '');
  } catch {
    // Somebody else's checkout: a build is kept for a while in any case.
    return;
  }
  process.once('exit', () => rmSync(mark, { force: true }));
}
