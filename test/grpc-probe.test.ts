import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdgeProcess } from '../grpc/testing.ts';

/*
 * The edge's health as gRPC's own probe sees it, which is what Kubernetes' `grpc:` probes do.
 * GRPC_HEALTH_PROBE names it: go install github.com/grpc-ecosystem/grpc-health-probe@v0.4.62
 */

const probe = process.env.GRPC_HEALTH_PROBE ?? 'grpc-health-probe';
const here = !spawnSync(probe, ['-version']).error;
if (!here) console.log('no grpc-health-probe here, so the edge is not looked at with it');

/** The probe's own exit statuses. */
const SERVING = 0;
const RPC_FAILED = 3;
const NOT_SERVING = 4;

function look(address: string, ...more: string[]): { status: number | null; said: string } {
  const patience = ['-connect-timeout', '10s', '-rpc-timeout', '10s'];
  const { status, stdout, stderr } = spawnSync(probe, ['-addr', address, ...patience, ...more], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe.skipIf(!here)('grpc-health-probe', () => {
  // A gateway that is there, as far as the edge looks; whether it is healthy is the test's to say.
  let healthy = true;
  const gateway = createServer((_, answer) => answer.writeHead(healthy ? 200 : 503).end());
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-probe-'));
  let edge: RunningEdge;
  beforeAll(async () => {
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    edge = await startEdgeProcess(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await edge?.stop();
    gateway.close();
    rmSync(folder, { recursive: true });
  });

  test.each(['', 'obscura.v1.ImageService', 'NLImageService'])('finds %j serving', (service) => {
    expect(look(edge.address, '-service', service)).toEqual({ status: SERVING, said: 'status: SERVING\n' });
  });

  test('is told of a service that is none', () => {
    const { status, said } = look(edge.address, '-service', 'nothing.of.the.kind');
    expect([status, said]).toEqual([RPC_FAILED, expect.stringMatching(/NotFound|does not exist|unknown service/i)]);
  });

  test('finds it not serving while the gateway is ill, and serving again', async () => {
    healthy = false;
    await expect.poll(() => look(edge.address).status, { timeout: 15_000, interval: 500 }).toBe(NOT_SERVING);
    healthy = true;
    await expect.poll(() => look(edge.address).status, { timeout: 15_000, interval: 500 }).toBe(SERVING);
  }, 40_000);

  test('needs no token', async () => {
    writeFileSync(path.join(folder, 'token'), 'only-for-this-test');
    const env = { GRPC_TOKEN_FILE: path.join(folder, 'token') };
    const guarded = await startEdgeProcess('http://127.0.0.1:9', env);
    expect(look(guarded.address).status).toBe(NOT_SERVING);
    expect(await guarded.stop()).toBe(0);
  });
});
