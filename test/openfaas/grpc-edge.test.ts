import { spawnSync } from 'node:child_process';
import { credentials } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { ask } from '../../grpc/ask.ts';
import type { PictureReply } from '../../grpc/generated/obscura/v1/PictureReply.ts';
import { ImageService } from '../../grpc/protos.ts';
import { picture } from '../pictures.ts';
import { GATEWAY_URL } from '../system.ts';
import { CONTAINED, docker, dockerCan, PREFIX } from './docker.ts';

/* The gRPC edge as a container, in front of the gateway and the functions' containers. */

const edge = `${PREFIX}-grpc-edge`;
const ours = dockerCan('inspect', edge);
const probe = process.env.GRPC_HEALTH_PROBE ?? 'grpc-health-probe';
const probed = !spawnSync(probe, ['-version']).error;
if (!probed) console.log('no grpc-health-probe here, so the edge is not looked at with it');

const addressOf = (container: string): string => docker('port', container, '50051/tcp').split('\n')[0] as string;
const health = (container: string): number | null =>
  spawnSync(probe, ['-addr', addressOf(container), '-rpc-timeout', '5s']).status;

describe.skipIf(!ours)('the gRPC edge', () => {
  test('turns a picture into the bytes that REST answers with', async () => {
    const png = await picture(90, 60).png().toBuffer();
    const client = new ImageService(addressOf(edge), credentials.createInsecure());
    const request = { picture: { data: png }, angle: 30 };
    const options = { deadline: Date.now() + 30_000 };
    const { reply } = await ask<PictureReply>((done) => client.rotate(request, options, done));
    client.close();
    const rest = await fetch(`${GATEWAY_URL}/function/rotate-fn?angle=30`, {
      method: 'POST',
      body: new Uint8Array(png),
    });
    expect(reply.data.equals(Buffer.from(await rest.arrayBuffer()))).toBe(true);
  });

  test('is no root, and may not write', () => {
    expect(docker('exec', edge, 'sh', '-c', 'id -u; touch /home/app/x 2>&1 || true')).toMatch(/^10001\n.*Read-only/);
  });

  test.skipIf(!probed)('is healthy for gRPC’s own probe; one whose gateway is not there is not', async () => {
    expect(health(edge)).toBe(0);
    const lost = `${PREFIX}-lost-edge`;
    const options = ['--network', PREFIX, '--publish', '127.0.0.1::50051', '--env', 'GATEWAY_URL=http://nobody:8080'];
    docker('run', '--detach', '--name', lost, ...CONTAINED, ...options, `${PREFIX}/grpc-edge:test`);
    // 2: it does not listen yet.
    await expect.poll(() => health(lost), { timeout: 30_000, interval: 500 }).not.toBe(2);
    expect(health(lost)).toBe(4);
    docker('stop', '--time', '30', lost);
    expect(docker('inspect', '--format', '{{.State.ExitCode}}', lost)).toBe('0');
    docker('rm', lost);
  });
});
