import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Problem } from '#contract/problems';
import type { Picture } from '#intake';
import { createLimiter } from '#process/limiter';
import { type RunRules, workOf } from './call-step.ts';
import { runPipeline } from './run.ts';
import { readSteps } from './steps.ts';
import { type Arrived, type StandIn, standInGateway } from './testing.ts';

let gateway: StandIn | undefined;
let picture: Picture;
let clear: Picture;

async function made(alpha: number): Promise<Picture> {
  const background = { r: 10, g: 20, b: 30, alpha };
  const bytes = await sharp({ create: { width: 8, height: 4, channels: 4, background } })
    .png()
    .toBuffer();
  return {
    bytes,
    format: 'png',
    width: 8,
    height: 4,
    upright: { width: 8, height: 4 },
    hasAlpha: true,
    bands: 4,
    bandBytes: 1,
    whole: false,
  };
}

beforeAll(async () => {
  [picture, clear] = await Promise.all([made(1), made(0)]);
});
afterEach(() => gateway?.stop());

/** The same picture back, after as long as is said. */
const echo = async (call: Arrived, response: ServerResponse): Promise<void> => {
  await sleep(5);
  response.writeHead(200, { 'content-type': 'image/png', 'server-timing': 'apply;dur=3.5' }).end(call.body);
};
const labels = (response: ServerResponse): void => {
  const classification = { model: 'm', labels: [{ label: 'cat', score: 1, cosine: 0.3 }], unknown: false };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(classification));
};
const refuse = (response: ServerResponse, status: number): void => void response.writeHead(status).end();
const isFor = ({ url }: Arrived, name: string): boolean => url.startsWith(`/function/${name}`);

function run(
  steps: string,
  pictures: (Picture | Error)[] = [picture],
  rules: Partial<RunRules> & { ms?: number } = {},
) {
  const started = performance.now();
  const { ms = 20_000, ...given } = rules;
  const signal = new AbortController().signal;
  const limited = createLimiter({ running: 16, waiting: 1_000 });
  const all = { callId: 'call-1', signal, started, deadline: started + ms, limited, ...given };
  return runPipeline(pictures, readSteps(steps), all, { keep: 'all', watch: {} });
}

describe('a step', () => {
  test('is tried again when its function fails in passing', async () => {
    let failures = 2;
    gateway = await standInGateway((call, response) => (failures-- > 0 ? refuse(response, 503) : echo(call, response)));
    const [only] = await run('rotate:90');
    expect(only?.steps).toMatchObject([{ name: 'rotate', tries: 3, ms: { work: 3.5 }, width: 8, height: 4 }]);
    expect(gateway.calls.map(({ url }) => url)).toEqual(Array(3).fill('/function/rotate-fn?angle=90'));
    expect(gateway.calls[2]?.headers['x-call-id']).toBe('call-1');
  });

  test('works no longer than its call lasts, whatever its function says', async () => {
    gateway = await standInGateway((call, response) => {
      response
        .writeHead(200, { 'content-type': 'image/png', 'server-timing': 'a;dur=9000, b;dur=9000' })
        .end(call.body);
    });
    const [only] = await run('rotate:90');
    expect(only?.steps[0]?.ms.work).toBe(only?.steps[0]?.ms.call);
  });

  test('that fails for good ends its picture, names itself, and stops what runs beside it', async () => {
    let stopped = false;
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    gateway = await standInGateway(async (call, response) => {
      if (isFor(call, 'clip-fn')) {
        begin();
        response.on('close', () => {
          stopped = !response.writableEnded;
        });
        return;
      }
      await begun;
      refuse(response, 404);
    });
    const started = performance.now();
    const [only] = await run('classify:sees=original;rotate:90;grayscale');
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(only?.error).toMatchObject({ code: 'function-failed', function: 'rotate-fn', step: 'rotate' });
    expect(only?.failure).toBeInstanceOf(Problem);
    await vi.waitFor(() => expect(stopped).toBe(true), 20_000);
    expect(gateway.calls.filter((call) => isFor(call, 'grayscale-fn'))).toEqual([]);
  });

  test('that may fail hands its picture on', async () => {
    gateway = await standInGateway((call, response) =>
      isFor(call, 'rotate-fn') ? refuse(response, 404) : echo(call, response),
    );
    const [only] = await run('rotate:90,onError=skip;grayscale');
    expect(only?.error).toBeUndefined();
    expect(only?.steps.map(({ name, error }) => [name, error?.code])).toEqual([
      ['rotate', 'function-failed'],
      ['grayscale', undefined],
    ]);
    expect(gateway.calls.at(-1)?.body.equals(picture.bytes)).toBe(true);
  });

  test('whose function answers with something else than a picture has failed', async () => {
    gateway = await standInGateway((_, response) => labels(response));
    expect((await run('rotate:90'))[0]?.error).toMatchObject({ code: 'function-failed', step: 'rotate' });
    await gateway.stop();
    gateway = await standInGateway((_, response) => {
      response.writeHead(200, { 'content-type': 'image/png' }).end('no picture at all');
    });
    expect((await run('rotate:90'))[0]?.error).toMatchObject({ code: 'function-failed', step: 'rotate' });
  });

  test('that hangs is given up in time, so that the caller learns which one it was', async () => {
    gateway = await standInGateway((call, response) =>
      isFor(call, 'grayscale-fn') ? undefined : echo(call, response),
    );
    const started = performance.now();
    const [only] = await run('rotate:90;grayscale;classify', [picture], { ms: 1_200 });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(only?.error).toMatchObject({ code: 'timed-out', step: 'grayscale' });
    expect(only?.steps.map(({ name }) => name)).toEqual(['rotate', 'grayscale']);
  });

  test('keeps its own deadline', async () => {
    gateway = await standInGateway(() => undefined);
    const started = performance.now();
    const [only] = await run('rotate:90,timeout=0.2');
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(only?.error).toMatchObject({ code: 'timed-out', step: 'rotate' });
  });
});

describe('a run', () => {
  test('sends a classifier a colour in place of transparency, and everybody else the picture as it is', async () => {
    gateway = await standInGateway((call, response) =>
      isFor(call, 'clip-fn') ? labels(response) : echo(call, response),
    );
    await run('grayscale;classify:flatten=#ff0000', [clear]);
    const [gray, classification] = gateway.calls;
    expect(gray?.body.equals(clear.bytes)).toBe(true);
    const { data, info } = await sharp(classification?.body).raw().toBuffer({ resolveWithObject: true });
    expect([info.channels, ...data.subarray(0, 3)]).toEqual([3, 255, 0, 0]);
  });

  test('does not wait where nothing is waited for', async () => {
    const order: string[] = [];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    gateway = await standInGateway(async (call, response) => {
      order.push(call.url.slice('/function/'.length).replace(/\?.*/, ''));
      if (isFor(call, 'clip-fn')) {
        begin();
        return labels(response);
      }
      await begun;
      echo(call, response);
    });
    await run('rotate:90;grayscale;classify:sees=original');
    expect(order.slice(0, 2).sort()).toEqual(['clip-fn', 'rotate-fn']);
    expect(order[2]).toBe('grayscale-fn');
  });

  test('of many pictures has eight under way, each picture its own answer', async () => {
    let under = 0;
    let most = 0;
    let full = () => {};
    const eight = new Promise<void>((resolve) => (full = resolve));
    gateway = await standInGateway(async (call, response) => {
      most = Math.max(most, ++under);
      if (under === 8) full();
      await Promise.race([eight, sleep(2_000)]);
      await sleep(10);
      under -= 1;
      echo(call, response);
    });
    const many = Array.from({ length: 30 }, (_, index) =>
      index === 7 ? new Problem('not-a-picture', 'No.') : picture,
    );
    const runs = await run('rotate:90;grayscale', many);
    expect(most).toBe(8);
    expect(runs.map(({ error }) => error?.code).filter(Boolean)).toEqual(['not-a-picture']);
    expect(runs[7]?.steps).toEqual([]);
    expect(gateway.calls).toHaveLength(58);
  });
});

test.each([
  ['intake;dur=1.5, apply;desc="a;dur=9";dur=2', 3.5],
  ['', 0],
  [undefined, 0],
  ['x;dur=.', 0],
])('Server-Timing %j is %d ms of work', (header, ms) => {
  expect(workOf(header)).toBe(ms);
});
