import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readPlan } from '../../scripts/images/plan.ts';
import { picture, pixelsOf } from '../pictures.ts';
import { GATEWAY_URL } from '../system.ts';
import { docker, dockerCan, NODE_IMAGE, PREFIX } from './docker.ts';

/* What only containers can show: what is inside, what they may not do, and what happens when one is killed. */

const { functions } = readPlan('stack.yml', [], { REGISTRY: PREFIX, TAG: 'test' });
const ours = dockerCan('inspect', `${PREFIX}-gateway`);
const png = await picture(64, 48).png().toBuffer();

const call = (at: string, body: Buffer = png) =>
  fetch(`${GATEWAY_URL}/function/${at}`, { method: 'POST', body: new Uint8Array(body) });
const inside = (container: string, command: string): string =>
  docker('exec', `${PREFIX}-${container}`, 'sh', '-c', command);

describe.skipIf(!ours)('images', () => {
  const sizeOf = (image: string) => Number(docker('image', 'inspect', '--format', '{{.Size}}', image));

  test.each(functions)(
    '$name: small, labelled, no root, and no other platform inside',
    ({ name, image, buildArgs }) => {
      const [found] = JSON.parse(docker('image', 'inspect', image)) as [{ Config: { User: string; Labels: object } }];
      expect(found.Config.User).toBe('10001:10001');
      expect(found.Config.Labels).toMatchObject({
        'org.opencontainers.image.title': `Obscura ${name}`,
        'org.opencontainers.image.licenses': 'MIT',
        'org.opencontainers.image.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
      });
      const base = sizeOf(NODE_IMAGE);
      expect((sizeOf(image) - base) / 1e6).toBeLessThan(200);
      const container = name === 'transform-fn' ? `${name}-1` : name;
      const natives = inside(
        container,
        "find node_modules -name '*.node' -o -name '*.so*' -o -name '*.dll' -o -name '*.dylib'",
      );
      const machine = inside(container, 'uname -m') === 'aarch64' ? 'arm64' : 'x64';
      for (const file of natives.split('\n').filter(Boolean)) expect(file).toMatch(new RegExp(`linux[-/]${machine}`));
      const models = inside(container, 'ls models').split('\n').filter(Boolean);
      expect(models.sort()).toEqual((buildArgs.MODELS ?? '').split(' ').filter(Boolean).sort());
    },
  );

  test('functions share the layers of the base, of the watchdog and of their packages', () => {
    const layers = (name: string): string[] =>
      JSON.parse(docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', `${PREFIX}/${name}:test`));
    const [one, other] = [layers('rotate-fn'), layers('resize-fn')];
    // All but the bundle.
    expect(one.filter((layer) => !other.includes(layer))).toHaveLength(1);
  });
});

describe.skipIf(!ours)('containers', () => {
  test('may not become root, nor write anywhere but to /tmp', () => {
    expect(inside('rotate-fn', 'id -u; grep CapEff /proc/self/status; touch /home/app/x 2>&1 || true')).toMatch(
      /^10001\nCapEff:\s+0+\n.*Read-only file system/,
    );
    expect(inside('rotate-fn', 'touch /tmp/x && cat /tmp/.lock | wc -c')).toMatch(/^\d+$/);
  });

  test('one that is killed in the middle of its work takes its own calls along, at once, and no other', async () => {
    const big = await picture(1600, 1200).png().toBuffer();
    const chains = Array.from({ length: 8 }, (_, index) => `transform-fn?chain=rotate:${index + 1};resize:width=2000`);
    const calls = chains.map((chain) => call(chain, big));
    await sleep(400);
    docker('kill', `${PREFIX}-transform-fn-1`);
    const killed = performance.now();
    const failed: Response[] = [];
    for (const answer of await Promise.all(calls)) {
      if (answer.status !== 200) failed.push(answer);
      expect(answer.headers.get('x-call-id')).toBeTruthy();
    }
    // Half of them were at the other place. What a place had begun is not done twice behind the caller's back.
    expect(failed.length).toBeLessThanOrEqual(calls.length / 2);
    for (const { status, headers } of failed)
      expect([status, headers.get('x-openfaas-internal')]).toEqual([500, 'proxy']);
    expect(performance.now() - killed).toBeLessThan(30_000);
    const after = await Promise.all(chains.map((chain) => call(chain)));
    expect(after.map(({ status }) => status)).toEqual(after.map(() => 200));
    docker('start', `${PREFIX}-transform-fn-1`);
  });

  test('one that sleeps is said to, and answers as soon as it runs again', async () => {
    docker('stop', '--time', '1', `${PREFIX}-grayscale-fn`);
    const asleep = await call('grayscale-fn');
    expect([asleep.status, asleep.headers.get('retry-after')]).toEqual([503, '5']);
    docker('start', `${PREFIX}-grayscale-fn`);
    await expect.poll(async () => (await call('grayscale-fn')).status, { timeout: 20_000 }).toBe(200);
  });

  test('an orderly end lets a call finish', async () => {
    const big = await picture(2000, 1500).png().toBuffer();
    const slow = call('resize-fn?width=4000&format=png', big);
    await sleep(300);
    docker('stop', '--time', '30', `${PREFIX}-resize-fn`);
    expect((await slow).status).toBe(200);
    expect(docker('inspect', '--format', '{{.State.ExitCode}}', `${PREFIX}-resize-fn`)).toBe('0');
    docker('start', `${PREFIX}-resize-fn`);
    await expect.poll(async () => (await call('resize-fn?width=9')).status, { timeout: 20_000 }).toBe(200);
  });
});

describe('through whatever gateway it is', () => {
  test('a job runs in the queue, and its pictures are those of a request', async () => {
    const steps = 'steps=rotate:90;classify:labels=cat|dog,minCosine=0';
    const posted = await call(`pipeline-fn/jobs?${steps}`);
    expect(posted.status).toBe(202);
    const location = posted.headers.get('location') as string;
    // biome-ignore lint/suspicious/noExplicitAny: the answer is looked at member by member
    const look = async (): Promise<any> => (await fetch(new URL(location, GATEWAY_URL))).json();
    await expect.poll(async () => (await look()).state, { interval: 300 }).toBe('done');
    const job = await look();
    const fetched = await fetch(new URL(JSON.stringify(job).match(/"url":"([^"]+)"/)?.[1] as string, GATEWAY_URL));
    const { width, height } = await pixelsOf(Buffer.from(await fetched.arrayBuffer()));
    expect([width, height]).toEqual([48, 64]);
  });

  test.each(functions)('$name describes itself', async ({ name }) => {
    const { status } = await fetch(`${GATEWAY_URL}/function/${name}/openapi.json`);
    expect(status).toBe(200);
  });
});
