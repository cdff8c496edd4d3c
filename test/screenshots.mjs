// `npm run screenshots`: takes the documentation's pictures of the page (page-pictures.test.ts), on every platform.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/page-pictures.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SCREENSHOTS: 'yes' },
});
process.exitCode = status ?? 1;
