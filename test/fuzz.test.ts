import { afterAll, beforeAll, expect, test } from 'vitest';
import { useWorker } from '#imaging';
import { type TestGateway, testGateway } from '../gateway/fixtures/gateway.ts';
import { type Started, start } from '../template/node-ts/runtime/testing.ts';
import { grammars } from './fuzz/grammars.ts';
import { lines } from './fuzz/lines.ts';
import { Random } from './fuzz/random.ts';
import { requests } from './fuzz/requests.ts';
import { rawRequest, statusesOf } from './fuzz/sockets.ts';
import { fuzz } from './fuzz/target.ts';

/*
 * Everything that reads what strangers send, tried with broken variants of good input. By night
 * (.github/workflows/nightly.yml): FUZZ_CASES=1000000 FUZZ_SEED=$RANDOM npx vitest run test/fuzz.test.ts
 * A case that fails is shown, and is the same again under its seed.
 */
const CASES = Number(process.env.FUZZ_CASES ?? 6_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const HOURS = 6 * 3_600_000;

const targets = [...requests, ...grammars, ...lines];
const weights = targets.reduce((sum, { weight }) => sum + weight, 0);

test.each(targets.map((target) => [target.name, target] as const))('%s', { timeout: HOURS }, async (_, target) => {
  await fuzz(target, SEED, Math.ceil((CASES * target.weight) / weights));
});

let gateway: TestGateway;
let runtime: Started;
beforeAll(async () => {
  gateway = await testGateway();
  runtime = await start(await import('../functions/rotate-fn/handler.ts'));
  // Its worker is a bundle, and there is none beside the source.
  useWorker(undefined);
});
afterAll(async () => {
  await gateway?.end();
  await runtime?.stop(0);
});

/**
 * A connection costs a millisecond; so many are opened, for each of the two servers, to a hundred cases of the others.
 */
const CONNECTIONS = Math.ceil(CASES / 100);
const AT_ONCE = 4;

test.each(['the gateway', 'a function'])('connections to %s', { timeout: HOURS }, async (which) => {
  const port = which === 'a function' ? runtime.port : Number(new URL(gateway.url).port);
  const lane = async (first: number): Promise<void> => {
    for (let number = first; number < CONNECTIONS; number += AT_ONCE) {
      const bytes = rawRequest(new Random(SEED * 1_000_003 + number));
      const wrong = await statusesOf(port, bytes).then(
        (statuses) => (statuses.includes(500) ? 'a 500' : undefined),
        (error: Error) => error.message,
      );
      if (wrong) throw new Error(`seed ${SEED}, case ${number}: ${wrong}\n${JSON.stringify(bytes).slice(0, 3_000)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => lane(index)));
  expect(await statusesOf(port, 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toHaveLength(1);
  if (which === 'the gateway') expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  else expect(runtime.lines.filter(({ level, msg }) => level === 'error' && msg !== 'answered')).toEqual([]);
});
