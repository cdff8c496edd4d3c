// Checks the shipped packages for known vulnerabilities (high and critical), and the registry's signatures of all
// installed ones, with npm: node scripts/audit.mjs
// Exit status 1 if one is found, 3 if npm gets no answer: most mirrors of the registry have neither service.
import { spawnSync } from 'node:child_process';

/** Milliseconds for each request to the registry. */
const PATIENCE = 120_000;

/** The output of `npm audit … --json`, or the error's. */
function ask(...args) {
  const { stdout } = spawnSync('npm', ['audit', ...args, '--json'], { encoding: 'utf8', timeout: PATIENCE });
  try {
    return JSON.parse(stdout ?? '');
  } catch {
    return {};
  }
}

const lines = [];
let found = false;
let unasked = false;
function tell(what, wrong, unknown) {
  if (unknown) unasked = true;
  else if (wrong.length > 0) found = true;
  const answer = unknown ? 'not looked for, this registry does not tell' : wrong.join(', ') || 'none';
  lines.push(`audit: ${what}: ${answer}`);
}

const { auditReportVersion, vulnerabilities = {} } = ask('--omit=dev');
const bad = Object.values(vulnerabilities).filter(({ severity }) => ['high', 'critical'].includes(severity));
tell(
  'known holes, high and critical',
  bad.map(({ name, severity }) => `${name} (${severity})`),
  auditReportVersion === undefined,
);

const { invalid, missing = [] } = ask('signatures');
tell(
  'packages without a right signature',
  [...(invalid ?? []), ...missing].map(({ name, version }) => `${name}@${version}`),
  !Array.isArray(invalid),
);

lines.push('audit: that each package has the hash of package-lock.json was checked by npm ci');
console.log(lines.join('\n'));
process.exitCode = found ? 1 : unasked ? 3 : 0;
