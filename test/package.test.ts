import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { gatewayIn, startProgram } from '../scripts/system/start.mjs';

/* The npm package: `npm run pack` in a checkout, then an empty folder that has nothing but the tarball. */
const root = fileURLToPath(new URL('..', import.meta.url));
// Behind links, because the gateway tells paths as they are.
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'obscura-package-')));
const empty = path.join(folder, 'empty');
mkdirSync(empty);
// Hundreds of megabytes.
afterAll(() => rmSync(folder, { recursive: true }), 600_000);

const env = { ...process.env, HOME: folder, USERPROFILE: folder, npm_config_cache: cacheOf() };

/** Of the user who runs the tests: HOME is another's. */
function cacheOf(): string {
  return spawnSync('npm', ['config', 'get', 'cache'], { cwd: root, encoding: 'utf8' }).stdout.trim();
}

async function pack(): Promise<{ tarball: string; files: string[] }> {
  const args = ['run', '--silent', 'pack', '--', '--json', '--pack-destination', folder];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 2 ** 24 });
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  return { tarball: path.join(folder, filename), files: files.map((file: { path: string }) => file.path) };
}

/** @returns false where neither npm's cache nor a registry has the dependencies */
async function install(tarball: string): Promise<boolean> {
  const args = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball];
  try {
    await promisify(execFile)('npm', args, { cwd: empty, env });
    return true;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (/\b(ENOTFOUND|ENOTCACHED|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|E40[13])\b/.test(stderr)) return false;
    throw error;
  }
}

const LISTED = [
  /^(package\.json|README\.md|LICENSE|stack\.yml)$/,
  /^models\/((clip|cutout)-mini\/[\w./-]+|[\w-]+\/manifest\.json)$/,
  /^packed\/(cli|gateway|grpc|models|[a-z]+-fn)\/[\w./-]+$/,
];

test('the package holds what the command needs and nothing else; it runs where nothing else is', async (context) => {
  const { tarball, files } = await pack();
  expect(
    files.filter((file) => !LISTED.some((pattern) => pattern.test(file)) || /\.(map|ts)$|\.test\./.test(file)),
  ).toEqual([]);
  const functions = readdirSync(path.join(root, 'functions'));
  const needed = ['cli', 'gateway', 'grpc', 'models', ...functions].map((name) => `packed/${name}/index.js`);
  expect(files).toEqual(expect.arrayContaining([...needed, 'models/clip-mini/image.onnx', 'stack.yml']));

  if (!(await install(tarball))) return context.skip('the dependencies are neither in the cache nor reachable');
  const command = path.join(empty, 'node_modules/.bin/obscura');
  copyFileSync(path.join(root, 'functions/frontend-fn/page/samples/cat.jpg'), path.join(empty, 'cat.jpg'));
  const system = await startProgram(command, ['start', '--port', '0', '--metrics-port', '0'], gatewayIn, {
    cwd: empty,
    env,
  });
  const obscura = async (...args: string[]) =>
    (await promisify(execFile)(command, args, { cwd: empty, env: { ...env, OBSCURA_GATEWAY: system.found } })).stdout;
  try {
    expect(await obscura('--help')).toMatch(/^Usage: obscura COMMAND/);
    expect(await obscura('label', '--labels', 'cat,dog', 'cat.jpg')).toMatch(/^cat\.jpg: \d\d\.\d\d % cat, /);
    expect(await obscura('resize', '--width', '100', 'cat.jpg', 'small.webp')).toBe('small.webp  100×67\n');
    expect(await obscura('models')).toMatch(/^clip-mini +clip +installed/m);
    expect((await fetch(`${system.found}/function/frontend-fn`)).headers.get('content-type')).toMatch('text/html');
  } finally {
    await system.stop();
  }
  // The gateway's state is the user's, not the package's nor the folder's.
  expect(existsSync(path.join(folder, '.obscura/basic-auth-password'))).toBe(true);
  expect(readdirSync(empty).sort()).toEqual([
    'cat.jpg',
    'node_modules',
    'package-lock.json',
    'package.json',
    'small.webp',
  ]);
}, 900_000);
