import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

/* What CI says about dependencies, with an npm that answers as npm 11 does: scripts/audit.mjs. */

const script = fileURLToPath(new URL('../scripts/audit.mjs', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'obscura-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

function audit(holes: object, signatures: object): { status: number | null; stdout: string } {
  const print = (answer: object): string => `echo '${JSON.stringify(answer)}'`;
  const answer = `case "$*" in *signatures*) ${print(signatures)};; *) ${print(holes)};; esac`;
  writeFileSync(path.join(folder, 'npm'), `#!/bin/sh\n${answer}\n`);
  chmodSync(path.join(folder, 'npm'), 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  return spawnSync(process.execPath, [script], { encoding: 'utf8', env });
}

const report = (vulnerabilities: object) => ({ auditReportVersion: 2, vulnerabilities });
const SIGNED = { invalid: [], missing: [] };
const SILENT = { message: '405 Method Not Allowed', statusCode: 405 };

test.skipIf(process.platform === 'win32').each([
  ['nothing', report({}), SIGNED, 0, /critical: none\n.*signature: none/],
  ['a small hole', report({ a: { name: 'a', severity: 'moderate' } }), SIGNED, 0, /critical: none/],
  ['a hole', report({ a: { name: 'a', severity: 'high' } }), SIGNED, 1, /critical: a \(high\)/],
  [
    'a wrong signature',
    report({}),
    { invalid: [{ name: 'b', version: '1.0.0' }], missing: [] },
    1,
    /signature: b@1\.0\.0/,
  ],
  ['no signature', report({}), { invalid: [], missing: [{ name: 'c', version: '2.0.0' }] }, 1, /signature: c@2\.0\.0/],
  [
    'a registry without either',
    SILENT,
    { error: { code: 'ENOTFOUND' } },
    3,
    /critical: not looked for.*\n.*not looked for/,
  ],
  [
    'a hole, and no word of signatures',
    report({ a: { name: 'a', severity: 'critical' } }),
    SILENT,
    1,
    /a \(critical\)/,
  ],
])('%s', (_, holes, signatures, status, words) => {
  expect(audit(holes, signatures)).toMatchObject({ status, stdout: expect.stringMatching(words) });
});
