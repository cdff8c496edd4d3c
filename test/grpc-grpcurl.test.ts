import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { edgeFixture } from './edge.ts';

/** grpcurl, by GRPCURL or on the PATH. */
const grpcurl = process.env.GRPCURL ?? 'grpcurl';
function hasGrpcurl(): boolean {
  try {
    execFileSync(grpcurl, ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasGrpcurl())('grpcurl, by reflection alone (skipped where it is not installed)', () => {
  const setup = edgeFixture();
  const run = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(grpcurl, ['-plaintext', ...args]);
    return stdout;
  };

  test('lists the services and describes the contract', async () => {
    const services = (await run(setup.edge.address, 'list')).trim().split('\n');
    expect(services).toEqual(['grpc.health.v1.Health', 'obscura.v1.ImageService']);
    const described = await run(setup.edge.address, 'describe', 'obscura.v1.RotateRequest');
    expect(described).toContain('double angle = 2');
  });

  test('asks for health and turns a picture', async () => {
    expect(JSON.parse(await run(setup.edge.address, 'grpc.health.v1.Health/Check'))).toEqual({ status: 'SERVING' });
    const request = JSON.stringify({ picture: { data: setup.jpeg.toString('base64') }, angle: 90 });
    const reply = JSON.parse(await run('-d', request, setup.edge.address, 'obscura.v1.ImageService/Rotate'));
    expect(reply).toMatchObject({ width: 60, height: 90, contentType: 'image/jpeg' });
    expect(Buffer.from(reply.data, 'base64').equals((await setup.rest('rotate-fn?angle=90', setup.jpeg)).bytes)).toBe(
      true,
    );
  });

  test('speaks the older contract, with its file', async () => {
    const contract = ['-import-path', 'grpc/proto', '-proto', 'nl_image_service.proto'];
    const request = '{"rotation":"NINETY_DEG","image":{"data":"AQIDBAUG","width":3,"height":2}}';
    const reply = await run(...contract, '-d', request, setup.edge.address, 'NLImageService/RotateImage');
    expect(JSON.parse(reply)).toEqual({ data: 'AwYCBQEE', width: 2, height: 3 });
  });

  test('shows the details of an error', async () => {
    const failed = run('-d', '{"picture":{"data":"bm8="}}', setup.edge.address, 'obscura.v1.ImageService/Rotate');
    const { stderr } = (await failed.catch((error: unknown) => error)) as { stderr: string };
    expect(stderr).toContain('Code: InvalidArgument');
    expect(stderr).toContain('"@type": "type.googleapis.com/google.rpc.ErrorInfo"');
  });
});
