import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, BUNDLES, call, until } from '../gateway/fixtures/gateway.ts';

/*
 * A gateway and a function on two hosts: two network namespaces with a wire between them, and a
 * second wire from here to the gateway's. Needs Linux, root and iproute2, and says so where one is missing.
 */
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
/** Runs beside each other take different addresses. */
const id = process.pid % 250;
const NEAR = `obg${process.pid}`;
const FAR = `obf${process.pid}`;
/** Addresses of this process's two wires. */
const HERE = `10.213.${id}.1`;
const GATEWAY = `10.213.${id}.2`;
const GATEWAY_BEHIND = `10.214.${id}.1`;
const FUNCTION = `10.214.${id}.2`;

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });

function canMakeHosts(): boolean {
  try {
    ip('netns', 'add', NEAR);
    ip('netns', 'add', FAR);
    return true;
  } catch {
    return false;
  }
}

const possible = canMakeHosts();
if (!possible) console.warn('skipped: two hosts need Linux, root and iproute2 (ip netns)');

const children: ChildProcess[] = [];
let folder: string;
let picture: Buffer;
let url = '';

/** A wire between two namespaces (or from this one, without a name), an address at each end. */
function wire(device: string, ends: [namespace: string | undefined, address: string][]): void {
  ip('link', 'add', `${device}a`, 'type', 'veth', 'peer', 'name', `${device}b`);
  for (const [index, [namespace, address]] of ends.entries()) {
    const end = `${device}${index === 0 ? 'a' : 'b'}`;
    if (namespace) ip('link', 'set', end, 'netns', namespace);
    const inside = namespace ? ['-n', namespace] : [];
    ip(...inside, 'address', 'add', `${address}/24`, 'dev', end);
    ip(...inside, 'link', 'set', end, 'up');
  }
}

function on(host: string, args: string[], env: NodeJS.ProcessEnv): { child: ChildProcess; out: () => string } {
  const child = spawn('ip', ['netns', 'exec', host, process.execPath, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  return { child, out: () => text };
}

/** The function, as its image runs it, on the far host. */
function startFunction(): ChildProcess {
  return on(FAR, [path.join(DIST, 'rotate-fn/index.js')], { http_port: '8080', http_host: '0.0.0.0' }).child;
}

const rotate = () => call(`${url}/function/rotate-fn?angle=90`, { method: 'POST', body: picture });

async function untilStatus(status: number): Promise<Answer> {
  for (let tries = 0; tries < 60; tries++) {
    const answer = await rotate();
    if (answer.status === status) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`it was never answered with ${status}`);
}

describe.runIf(possible)('a function on another host', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'gateway-hosts-'));
    copyFileSync(path.join(BUNDLES, 'stack.yml'), path.join(folder, 'stack.yml'));
    picture = await sharp({ create: { width: 8, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    wire(`ow${process.pid}`, [
      [undefined, HERE],
      [NEAR, GATEWAY],
    ]);
    wire(`of${process.pid}`, [
      [NEAR, GATEWAY_BEHIND],
      [FAR, FUNCTION],
    ]);
    const { out } = on(NEAR, [path.join(DIST, 'gateway/index.js'), '--port', '0', '--host', GATEWAY], {
      GATEWAY_BUNDLES: BUNDLES,
      GATEWAY_METRICS_PORT: '0',
      GATEWAY_REMOTE: `rotate-fn=http://${FUNCTION}:8080`,
    });
    await until(() => /Ctrl-C/.test(out()));
    url = new RegExp(`http://${GATEWAY}:\\d+`).exec(out())?.[0] ?? '';
  });

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    for (const host of [NEAR, FAR]) ip('netns', 'delete', host);
    rmSync(folder, { recursive: true, force: true });
  });

  test('that is not there yet is 503, with Retry-After', async () => {
    const { status, headers, text } = await rotate();
    expect([status, headers['retry-after'], headers['x-openfaas-internal']]).toEqual([503, '5', 'proxy']);
    expect(text).toContain('No endpoints available for: rotate-fn.');
  });

  test('is called there', async () => {
    startFunction();
    const { headers } = await untilStatus(200);
    expect([headers['x-image-width'], headers['x-image-height']]).toEqual(['4', '8']);
  });

  test('whose process ends is 503, and is called again once there is another', async () => {
    children.pop()?.kill('SIGKILL');
    await untilStatus(503);
    startFunction();
    await untilStatus(200);
  });

  test('whose wire is cut fails its callers within seconds, and is called again', { timeout: 40_000 }, async () => {
    // Longer than connections are kept.
    await new Promise((resolve) => setTimeout(resolve, 4500));
    ip('-n', FAR, 'link', 'set', `of${process.pid}b`, 'down');
    const since = performance.now();
    expect((await rotate()).status).toBe(503);
    expect(performance.now() - since).toBeLessThan(15_000);
    ip('-n', FAR, 'link', 'set', `of${process.pid}b`, 'up');
    await untilStatus(200);
  });
});
