import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readPlan } from '../../scripts/images/plan.ts';
import { CONTAINED, docker, dockerCan, NODE_IMAGE, PREFIX } from './docker.ts';

/*
 * Builds all images with the real Docker engine, and runs every function as a container behind the gateway's own image,
 * in a network of their own. Nothing is started where GATEWAY_URL names a gateway.
 *
 * IMAGES=built  those of the last run, as they are
 * IMAGE_FLAGS   more for `npm run images`, such as --network host --secret id=ca,src=/some/ca.pem
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const WATCHDOG = process.env.WATCHDOG_IMAGE ?? 'ghcr.io/openfaas/of-watchdog:0.11.6';
const MEMORY: Record<string, string> = { 'clip-fn': '1g' };

export default async function setup(): Promise<(() => void) | undefined> {
  if (process.env.GATEWAY_URL) return undefined;
  const missing = whatIsMissing();
  if (missing) {
    console.log(`test:openfaas did not run: ${missing}.`);
    process.exit(0);
  }
  cleanUp();
  if (process.env.IMAGES !== 'built') buildImages(watchdogImage());
  process.env.GATEWAY_URL = await startAll();
  return cleanUp;
}

function whatIsMissing(): string | undefined {
  if (!dockerCan('info')) return 'no Docker engine answers';
  if (!has(NODE_IMAGE)) return `the base image ${NODE_IMAGE} cannot be had; NODE_IMAGE names another`;
  return undefined;
}

const has = (image: string): boolean => dockerCan('image', 'inspect', image) || dockerCan('pull', image);

function watchdogImage(): string {
  if (has(WATCHDOG)) return WATCHDOG;
  console.log(`${WATCHDOG} cannot be had: a stand-in of ours (test/openfaas/watchdog) takes its place.`);
  docker('build', '--tag', `${PREFIX}/watchdog`, fileURLToPath(new URL('watchdog', import.meta.url)));
  return `${PREFIX}/watchdog`;
}

function buildImages(watchdog: string): void {
  const flags = (process.env.IMAGE_FLAGS ?? '').split(' ').filter(Boolean);
  const bases = ['--build-arg', `NODE_IMAGE=${NODE_IMAGE}`, '--build-arg', `WATCHDOG_IMAGE=${watchdog}`];
  const env = { ...process.env, REGISTRY: PREFIX, TAG: 'test' };
  const args = ['scripts/run.mjs', 'images', '--programs', ...bases, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 256e6,
  });
  if (status !== 0) throw new Error(`the images were not built:\n${(stdout + stderr).slice(-4_000)}`);
}

/** @returns the gateway's address */
async function startAll(): Promise<string> {
  docker('network', 'create', PREFIX);
  docker('volume', 'create', PREFIX);
  const { functions } = readPlan(`${root}/stack.yml`, [], { REGISTRY: PREFIX, TAG: 'test' });
  const image = functions[0]?.image as string;
  // One folder for all of them: enough for one machine.
  docker('run', '--rm', '--user', '0', '--volume', `${PREFIX}:/store`, image, 'chown', '10001:10001', '/store');
  // Known to the tests, too.
  const feedback = randomBytes(12).toString('hex');
  process.env.FEEDBACK_PASSWORD = feedback;
  const environment = [
    ...['gateway_url=http://gateway:8080', 'STORE_URL=file:/store', `FEEDBACK_PASSWORD=${feedback}`],
  ].flatMap((entry) => ['--env', entry]);
  const places: string[] = [];
  for (const { name, image: of } of functions) {
    // Two of one, so that one can be killed.
    for (const copy of name === 'transform-fn' ? ['-1', '-2'] : ['']) {
      const limits = ['--memory', MEMORY[name] ?? '512m', '--pids-limit', '256', '--volume', `${PREFIX}:/store`];
      const where = ['--name', `${PREFIX}-${name}${copy}`, '--network', PREFIX, '--network-alias', `${name}${copy}`];
      docker('run', '--detach', ...where, ...CONTAINED, ...limits, ...timesOf(name), ...environment, of);
      places.push(`${name}=http://${name}${copy}:8080`);
    }
  }
  const url = await startGateway(places);
  startEdge();
  return url;
}

function timesOf(name: string): string[] {
  const times = { exec_timeout: '58s', read_timeout: '60s', write_timeout: '60s' };
  if (!['frontend-fn', 'pipeline-fn'].includes(name)) return [];
  return Object.entries(times).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
}

async function startGateway(places: string[]): Promise<string> {
  const name = `${PREFIX}-gateway`;
  const where = ['--name', name, '--network', PREFIX, '--network-alias', 'gateway', '--publish', '127.0.0.1::8080'];
  const remote = ['--env', `GATEWAY_REMOTE=${places.join(',')}`, '--env', 'GATEWAY_CALLBACK_NETWORKS=0.0.0.0/0'];
  docker('run', '--detach', ...where, ...CONTAINED, '--volume', '/home/app/state', ...remote, `${PREFIX}/gateway:test`);
  const url = `http://${docker('port', name, '8080/tcp').split('\n')[0]}`;
  // Asked from inside: what publishes the port answers before the gateway does.
  const ask =
    "fetch('http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))";
  for (let tries = 0; tries < 60 && !dockerCan('exec', name, 'node', '-e', ask); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  process.env.GATEWAY_PASSWORD = docker('exec', name, 'cat', '/home/app/state/basic-auth-password');
  return url;
}

function startEdge(): void {
  const where = ['--name', `${PREFIX}-grpc-edge`, '--network', PREFIX, '--publish', '127.0.0.1::50051'];
  const gateway = ['--env', 'GATEWAY_URL=http://gateway:8080'];
  docker('run', '--detach', ...where, ...CONTAINED, '--memory', '384m', ...gateway, `${PREFIX}/grpc-edge:test`);
}

function cleanUp(): void {
  const ids = docker('ps', '--all', '--quiet', '--filter', `name=^${PREFIX}-`).split('\n').filter(Boolean);
  if (ids.length > 0) docker('rm', '--force', '--volumes', ...ids);
  dockerCan('network', 'rm', PREFIX);
  dockerCan('volume', 'rm', PREFIX);
}
