import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Runs docker. @returns what it wrote @throws Error with its complaint */
export function docker(...args: string[]): string {
  const env = { ...process.env, DOCKER_BUILDKIT: '1' };
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8', env, maxBuffer: 64e6 });
  if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout.trim();
}

export function dockerCan(...args: string[]): boolean {
  try {
    docker(...args);
    return true;
  } catch {
    return false;
  }
}

/** What images are built on; the variable names another where this one cannot be pulled. */
export const NODE_IMAGE =
  process.env.NODE_IMAGE ??
  /^ARG NODE_IMAGE=(.+)$/m.exec(readFileSync('template/node-ts/Dockerfile', 'utf8'))?.[1] ??
  '';

/** What everything that the tests start is called, so that it can be taken away again. */
export const PREFIX = 'obscura-test';

/** How functions are contained, as Kubernetes and deploy/compose.yaml do. */
export const CONTAINED = [
  ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
];
