import { type Probe, type Sent, statusOf } from './probe.ts';

/** Attacks by pages of other origins, rebound names, and with the browser's password (docs/security.md). */
const DEPLOYMENT = { service: 'attack-fn', image: 'rotate-fn' };
const DANGEROUS = JSON.stringify({ ...DEPLOYMENT, envVars: { NODE_OPTIONS: '--no-warnings' } });

function probe(name: string, expected: string, sent: Sent, operator = false): Probe {
  return {
    name,
    expected,
    run: (target) => {
      const own = operator ? { authorization: target.authorization } : {};
      return statusOf(target, { ...sent, headers: { ...own, ...sent.headers } });
    },
  };
}

const form = { 'content-type': 'text/plain' };
const foreign = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };

export const ORIGINS: Probe[] = [
  probe('a foreign form deploys', '403', post('/system/functions', { ...form, ...foreign }, DANGEROUS), true),
  probe('a deployment as plain text', '415', post('/system/functions', form, DANGEROUS), true),
  probe('NODE_OPTIONS in a deployment', '400', post('/system/functions', {}, DANGEROUS), true),
  probe('a foreign page makes a secret', '403', post('/system/secrets', foreign, '{}'), true),
  probe('a foreign page scales', '403', post('/system/scale-function/rotate-fn', foreign, '{}'), true),
  probe('a foreign page calls a function', '403', post('/function/rotate-fn', foreign, 'x')),
  probe('a foreign page queues a call', '403', post('/async-function/rotate-fn', foreign, 'x')),
  probe('a foreign page starts a job', '403', post('/function/pipeline-fn/jobs', foreign, 'x')),
  probe('a foreign page reports', '403', post('/function/frontend-fn/feedback', foreign, 'x')),
  probe('a page of another port', '403', post('/function/rotate-fn', { origin: 'http://127.0.0.1:1' }, 'x')),
  probe(
    'a rebound name reads functions',
    '403',
    { path: '/system/functions', headers: { host: 'evil.example' } },
    true,
  ),
  probe('a rebound name reads the page', '403', { path: '/function/frontend-fn/', headers: { host: 'evil.example' } }),
  ...['http://127.0.0.1:9/', 'http://[::ffff:7f00:1]/', 'http://169.254.169.254/', 'http://0x7f.1/'].map((address) =>
    probe(`a callback to ${address}`, '403', post('/async-function/rotate-fn', { 'x-callback-url': address }, 'x')),
  ),
  probe('a command without an origin', '200', { path: '/system/functions' }, true),
];

function post(path: string, headers: Record<string, string>, body: string): Sent {
  return { method: 'POST', path, headers, body };
}
