// Known holes (high and critical) in the packages that are shipped, and the registry's signatures under all that are
// installed, as npm tells them: node scripts/audit.mjs
// Exit status 1 where one is found, 3 where npm got no answer: mirrors of the registry mostly have neither service.
import { spawnSync } from 'node:child_process';

/** Milliseconds for each question: a registry that never answers must not hold up the rest. */
const PATIENCE = 120_000;

/** What `npm audit … --json` prints; of a failure, whatever it says about it. */
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
