import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/* `npm run stress -- --quick` against the whole system: every answer is compared, and the report is all there. Half a
minute of both cores: with STRESS=1 only, as .ci/run sets it once. */

test.skipIf(!process.env.STRESS)(
  'a quick stress run finds no wrong answer and reports',
  { timeout: 400_000 },
  async () => {
    const out = mkdtempSync(path.join(tmpdir(), 'obscura-stress-'));
    const run = spawn(process.execPath, ['scripts/run.mjs', 'stress', '--quick', '--out', out], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [run.stdout, run.stderr]) stream.on('data', (chunk) => (printed += chunk));
    const [code] = await once(run, 'exit');
    expect([code, printed]).toEqual([0, expect.stringContaining('report.html')]);
    const { closed, open, people } = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8'));
    for (const { right, wrong } of [...closed, ...open, ...people]) expect([right > 0, wrong]).toEqual([true, 0]);
    expect(closed.map(({ traffic }: { traffic: string }) => traffic)).toContain('pipeline');
    const html = readFileSync(path.join(out, 'report.html'), 'utf8');
    expect(html.match(/<svg/g)?.length).toBeGreaterThan(8);
    expect(html).not.toMatch(/<script|src=/);
    rmSync(out, { recursive: true });
  },
);
