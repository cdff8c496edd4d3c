import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { check, type Subject } from '../gateway/contract/check.ts';
import { DIFFERENCES } from '../gateway/contract/differences.ts';
import type { Provider } from '../gateway/contract/row.ts';
import { ROWS } from '../gateway/contract/rows.ts';
import { type Collected, type Collector, collector } from '../gateway/fixtures/gateway.ts';
import { type System, startSystem } from './system.ts';

/*
 * The contract of OpenFaaS's gateway, held against the embedded one, or against any other:
 *
 *   GATEWAY_URL=http://127.0.0.1:31112 GATEWAY_PASSWORD=… npx vitest run test/gateway-contract.test.ts
 *
 * GATEWAY_USER is admin unless set; GATEWAY_FUNCTION is rotate-fn, which must be deployed there; GATEWAY_METRICS_URL is
 * where the metrics are, on a port that not everyone opens. GATEWAY_PROVIDER (faas-netes, faasd)
 * leaves out the rows that only the other one answers so.
 */
const {
  GATEWAY_URL,
  GATEWAY_USER = 'admin',
  GATEWAY_PASSWORD = '',
  GATEWAY_FUNCTION = 'rotate-fn',
  GATEWAY_METRICS_URL,
  GATEWAY_PROVIDER,
  GATEWAY_CALLBACK_HOST = '127.0.0.1',
} = process.env;

/** Kubernetes refuses to change what changed a moment ago, and faas-netes says 500 then instead of trying again. */
const CONFLICTS = GATEWAY_PROVIDER === 'faas-netes' ? 3 : 0;

let system: System | undefined;
let subject: Subject;

beforeAll(async () => {
  const fn = GATEWAY_FUNCTION;
  if (GATEWAY_URL) subject = { url: GATEWAY_URL, user: GATEWAY_USER, password: GATEWAY_PASSWORD, fn };
  else {
    system = await startSystem({ GATEWAY_CALLBACK_NETWORKS: '127.0.0.0/8' });
    const [user = '', password = ''] = Buffer.from(system.authorization.slice('Basic '.length), 'base64')
      .toString()
      .split(':');
    subject = { url: system.url, user, password, fn };
  }
  // What starts within the gateway's own limit on most machines may need a second try on a busy one.
  const ready = async () => expect((await fetch(`${subject.url}/function/${fn}/openapi.json`)).status).toBe(200);
  await vi.waitFor(ready, { timeout: 50_000, interval: 500 });
});

afterAll(() => system?.stop());

describe('the contract', () => {
  // Another provider's answers differ, and are right too.
  const rows = ROWS.filter(
    ({ only }) => only === undefined || GATEWAY_PROVIDER === undefined || only === GATEWAY_PROVIDER,
  );

  test.each(rows)('$promise: $method $path', { retry: CONFLICTS }, async (row) => {
    expect(await check(row, subject)).toEqual([]);
  });
});

describe('on purpose otherwise than OpenFaaS', () => {
  const expected = ({ there, here }: (typeof DIFFERENCES)[number]): number | undefined => {
    if (!GATEWAY_URL || GATEWAY_PROVIDER === undefined) return here;
    return typeof there === 'number' ? there : there[GATEWAY_PROVIDER as Provider];
  };
  const known = DIFFERENCES.flatMap((row) => {
    const status = expected(row);
    return status === undefined ? [] : [{ ...row, promise: row.what, status: [status] }];
  });

  test.each(known)('$what: $method $path → $status', { retry: CONFLICTS }, async (row) => {
    expect(await check(row, subject)).toEqual([]);
  });

  test('is what it says: another status', () => {
    for (const { there, here } of DIFFERENCES) {
      expect(Object.values(typeof there === 'number' ? { there } : there).some((status) => status !== here)).toBe(true);
    }
  });
});

describe('a callback', () => {
  let receiver: Collector;
  beforeAll(async () => {
    receiver = await collector(GATEWAY_CALLBACK_HOST);
  });
  afterAll(() => receiver.close());

  const queue = async (name: string, body: string): Promise<Collected> => {
    const count = receiver.got.length;
    const { status } = await fetch(`${subject.url}/async-function/${name}`, {
      method: 'POST',
      body,
      headers: { 'x-callback-url': `${receiver.url}told?of=it`, 'x-call-id': `call-${count}` },
    });
    expect(status).toBe(202);
    await expect.poll(() => receiver.got.length, { timeout: 240_000 }).toBe(count + 1);
    const got = receiver.got[count] as Collected;
    expect([got.method, got.url, got.headers['x-call-id']]).toEqual(['POST', '/told?of=it', `call-${count}`]);
    expect(got.headers['x-duration-seconds']).toMatch(/^\d+\.\d{6}$/);
    return got;
  };

  test.each(['', '.openfaas-fn'])(
    'carries the whole answer, and the name as it was called (…%s)',
    async (namespace) => {
      const name = `${subject.fn}${namespace}`;
      const { headers, body } = await queue(name, 'a letter');
      expect(headers).toMatchObject({
        'x-function-name': name,
        'x-function-status': '415',
        'content-type': 'application/problem+json',
        'x-start-time': expect.stringMatching(/^\d{19}$/),
        'x-served-by': expect.any(String),
      });
      expect(JSON.parse(String(body))).toMatchObject({ code: 'not-a-picture', callId: headers['x-call-id'] });
    },
  );

  test('tells of a function that does not exist, in words', async () => {
    const { headers, body } = await queue('none-such', 'x');
    expect(headers).toMatchObject({ 'x-function-name': 'none-such', 'x-function-status': '404' });
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(String(body)).toMatch(/^error finding function none-such\.openfaas-fn: /);
  });
});

test.skipIf(GATEWAY_URL && !GATEWAY_METRICS_URL)('calls are counted under the names of OpenFaaS', async () => {
  const url = GATEWAY_METRICS_URL ?? /http:\S+\/metrics/.exec(system?.output() ?? '')?.[0] ?? '';
  const text = await (await fetch(url)).text();
  for (const name of [
    'gateway_function_invocation_total',
    'gateway_function_invocation_started',
    'gateway_functions_seconds_bucket',
    'gateway_functions_seconds_sum',
    'gateway_service_count',
  ]) {
    // In Prometheus the order of labels means nothing.
    expect(text).toMatch(new RegExp(`^${name}\\{([^}]*,)?function_name="${GATEWAY_FUNCTION}\\.openfaas-fn"`, 'm'));
  }
});

test('a gateway that keeps nothing of it is found out', async () => {
  const found = await check(
    {
      promise: '',
      method: 'GET',
      path: '/healthz',
      status: [418],
      answerHeaders: { date: null },
      text: /^x$/,
      json: { a: 'text', 'b?': 'number' },
    },
    subject,
  );
  expect(found).toHaveLength(4);
});
