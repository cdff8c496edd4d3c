import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Bundles everything once, before the first test. */
export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.mjs', import.meta.url)), '--quiet'], {
    stdio: 'inherit',
  });
}
