import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

// Whole systems, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/*
 * Secrets of every kind go through the whole system, well used and badly; none of them may turn up in what it logs,
 * answers or measures.
 */

const SECRETS = {
  apiKey: 'canary-key-4f7c1e9b2d',
  wrongKey: 'canary-wrong-81aa0c',
  signingKey: 'canary-signing-c0ffee17',
  callKey: 'canary-call-5b5b5b5b',
  feedback: 'canary-feedback-90d3',
  store: 'canary-store-secret-77e1',
  redis: 'canary-redis-pass-31',
  urlPassword: 'canary-url-password-66',
  queryToken: 'canary-query-token-a1',
  cookie: 'canary-cookie-b2',
  uploaded: 'canary-uploaded-secret-d4',
  callbackToken: 'canary-callback-e5',
};

const state = mkdtempSync(path.join(tmpdir(), 'obscura-secrets-'));
let system: System;
let png: Buffer;
/** Everything that came back. */
let answered = '';

beforeAll(async () => {
  png = await picture(24, 16).png().toBuffer();
  mkdirSync(path.join(state, 'secrets'), { mode: 0o700 });
  const secret = (name: string, value: string): void => writeFileSync(path.join(state, 'secrets', name), value);
  secret('api-keys', SECRETS.apiKey);
  secret('url-keys', SECRETS.signingKey);
  secret('access-call-key', SECRETS.callKey);
  secret('feedback-password', SECRETS.feedback);
  secret('cache-url', `redis://default:${SECRETS.redis}@127.0.0.1:1`);
  system = await startSystem({
    GATEWAY_STATE: state,
    // Nobody is there: every use of store and cache fails, and what fails is what gets logged.
    STORE_URL: 's3://bucket?endpoint=http://127.0.0.1:1',
    STORE_ACCESS_KEY: 'canary-access',
    STORE_SECRET_KEY: SECRETS.store,
  });
});
afterAll(async () => {
  await system?.stop();
  rmSync(state, { recursive: true, force: true });
});

async function say(at: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${system.url}${at}`, { redirect: 'manual', ...init });
  const text = await response.text();
  answered += `${[...response.headers].join('\n')}\n${text}\n`;
  return response.status;
}

const post = (headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: new Uint8Array(png),
  headers,
});
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test('secrets go through, and none is told', async () => {
  const { authorization } = system;
  const turn = '/function/rotate-fn?angle=90';
  expect(await say(turn, post({ 'x-api-key': SECRETS.apiKey }))).toBe(200);
  await say(turn, post({ authorization: `Bearer ${SECRETS.wrongKey}`, cookie: `session=${SECRETS.cookie}` }));
  await say(`${turn}&token=${SECRETS.queryToken}`, post());
  await say(`/function/rotate-fn/nowhere?token=${SECRETS.queryToken}`, post());
  await say(`/function/nothing-fn?token=${SECRETS.queryToken}`, post());
  await say(`/function/rotate-fn?angle=90&url=${encodeURIComponent(`http://u:${SECRETS.urlPassword}@127.0.0.1/x`)}`);
  await say('/function/rotate-fn?angle=90', { method: 'POST', body: `http://u:${SECRETS.urlPassword}@10.0.0.1/x` });
  await say(`/function/frontend-fn/?token=${SECRETS.queryToken}`);
  await say('/function/pipeline-fn/feedback.csv', { headers: { authorization: basic('admin', SECRETS.feedback) } });
  await say('/function/pipeline-fn/feedback.csv', { headers: { authorization: basic('admin', SECRETS.wrongKey) } });
  await say(`/function/pipeline-fn/jobs?steps=grayscale&callback=http://127.0.0.1:1/${SECRETS.callbackToken}`, post());
  const queued = {
    authorization: `Bearer ${SECRETS.apiKey}`,
    'x-callback-url': `http://127.0.0.1:1/${SECRETS.callbackToken}`,
  };
  expect(await say(`/async-function/rotate-fn?angle=90&token=${SECRETS.queryToken}`, post(queued))).toBe(202);
  await say('/system/functions', { headers: { authorization: basic('admin', SECRETS.wrongKey) } });
  const upload = { name: 'fresh', value: SECRETS.uploaded };
  const json = { authorization, 'content-type': 'application/json' };
  expect(await say('/system/secrets', { method: 'POST', headers: json, body: JSON.stringify(upload) })).toBe(202);
  for (const at of ['/system/secrets', '/system/functions', '/ui/', '/system/logs?name=rotate-fn']) {
    expect(await say(at, { headers: { authorization } })).toBe(200);
  }
  await say('/function/rotate-fn/metrics');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const told = `${system.output()}\n${answered}`;
  expect(told).toContain('rotate-fn');
  for (const [name, secret] of Object.entries(SECRETS)) {
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      encodeURIComponent(secret),
    ]) {
      const at = told.indexOf(form);
      expect(at < 0 ? 'not told' : told.slice(Math.max(0, at - 200), at + 60), name).toBe('not told');
    }
  }
  const password = Buffer.from(authorization.slice('Basic '.length), 'base64').toString().slice('admin:'.length);
  expect(told.includes(password), 'the password of the system API').toBe(false);
});
