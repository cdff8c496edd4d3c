import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check, type Subject } from '../gateway/contract/check.ts';
import { DIFFERENCES } from '../gateway/contract/differences.ts';
import { type Provider, ROWS } from '../gateway/contract/rows.ts';
import { type System, startSystem } from './system.ts';

/*
 * The contract of OpenFaaS's gateway, held against the embedded one, or against any other:
 *
 *   GATEWAY_URL=http://127.0.0.1:31112 GATEWAY_PASSWORD=… npx vitest run test/gateway-contract.test.ts
 *
 * GATEWAY_USER is admin unless set; GATEWAY_FUNCTION is rotate-fn, which must be deployed there; GATEWAY_METRICS_URL is
 * where the metrics are, on a port that not everyone opens. GATEWAY_PROVIDER (faas-netes, faasd) leaves out the rows that only
 * the other one answers so.
 */
const {
  GATEWAY_URL,
  GATEWAY_USER = 'admin',
  GATEWAY_PASSWORD = '',
  GATEWAY_FUNCTION = 'rotate-fn',
  GATEWAY_METRICS_URL,
  GATEWAY_PROVIDER,
} = process.env;

let system: System | undefined;
let subject: Subject;

beforeAll(async () => {
  const fn = GATEWAY_FUNCTION;
  if (GATEWAY_URL) {
    subject = { url: GATEWAY_URL, user: GATEWAY_USER, password: GATEWAY_PASSWORD, fn };
    return;
  }
  system = await startSystem();
  const [user = '', password = ''] = Buffer.from(system.authorization.slice('Basic '.length), 'base64')
    .toString()
    .split(':');
  subject = { url: system.url, user, password, fn };
});

afterAll(() => system?.stop());

describe('the contract', () => {
  // Another provider's answers differ, and are right too.
  const rows = ROWS.filter(
    ({ only }) => only === undefined || GATEWAY_PROVIDER === undefined || only === GATEWAY_PROVIDER,
  );

  test.each(rows)('$promise: $method $path', async (row) => {
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

  test.each(known)('$what: $method $path → $status', async (row) => {
    expect(await check(row, subject)).toEqual([]);
  });

  test('is what it says: another status', () => {
    for (const { there, here } of DIFFERENCES) {
      expect(Object.values(typeof there === 'number' ? { there } : there).some((status) => status !== here)).toBe(true);
    }
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
