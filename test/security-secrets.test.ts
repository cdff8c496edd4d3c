import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ask } from '../grpc/ask.ts';
import { ImageService } from '../grpc/protos.ts';
import { type RunningEdge, startEdgeProcess } from '../grpc/testing.ts';
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
  signature: 'canary-signature-f6',
  edgeToken: 'canary-edge-token-0d12',
  wrongEdgeToken: 'canary-edge-wrong-a7',
};

const state = mkdtempSync(path.join(tmpdir(), 'obscura-secrets-'));
let system: System;
let edge: RunningEdge;
let png: Buffer;
/** Everything that came back. */
let answered = '';

beforeAll(async () => {
  png = await picture(24, 16).png().toBuffer();
  mkdirSync(path.join(state, 'secrets'), { mode: 0o700 });
  const secret = (name: string, value: string): void => writeFileSync(path.join(state, 'secrets', name), value);
  secret('api-keys', `${SECRETS.apiKey}\n${SECRETS.callKey}`);
  secret('url-keys', SECRETS.signingKey);
  secret('access-call-key', SECRETS.callKey);
  secret('edge-token', SECRETS.edgeToken);
  secret('feedback-password', SECRETS.feedback);
  secret('cache-url', `redis://default:${SECRETS.redis}@127.0.0.1:1`);
  system = await startSystem({
    GATEWAY_CALLBACK_NETWORKS: '127.0.0.0/8',
    GATEWAY_STATE: state,
    ACCESS_KEYS: 'api-keys',
    ACCESS_SIGNING: 'url-keys',
    // Nobody is there: every use of store and cache fails, and what fails is what gets logged.
    STORE_URL: 's3://bucket?endpoint=http://127.0.0.1:1',
    STORE_ACCESS_KEY: 'canary-access',
    STORE_SECRET_KEY: SECRETS.store,
  });
  edge = await startEdgeProcess(system.url, {
    GRPC_TOKEN_FILE: path.join(state, 'secrets', 'edge-token'),
    ACCESS_CALL_KEY: SECRETS.callKey,
  });
});
afterAll(async () => {
  await edge?.stop();
  await system?.stop();
  rmSync(state, { recursive: true, force: true });
});

async function say(at: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${system.url}${at}`, { redirect: 'manual', ...init });
  const text = await response.text();
  answered += `${[...response.headers].join('\n')}\n${text}\n`;
  return response.status;
}

/** A turn by gRPC. @returns the status it ended with */
async function turnOver(token: string): Promise<string> {
  const client = new ImageService(edge.address, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  try {
    const call = ask((done) => client.rotate({ picture: { data: png } }, metadata, done));
    const { head, trailer } = await call;
    answered += JSON.stringify([head?.getMap(), trailer?.getMap()]);
    return 'OK';
  } catch (error) {
    const { code, details, metadata: told } = error as ServiceError;
    answered += `${details}\n${JSON.stringify(told.getMap())}\n`;
    return status[code];
  } finally {
    client.close();
  }
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
  const keyed = { 'x-api-key': SECRETS.apiKey };
  expect(await say(turn, post({ ...keyed, cookie: `session=${SECRETS.cookie}` }))).toBe(200);
  expect(await say(turn, post({ authorization: `Bearer ${SECRETS.wrongKey}` }))).toBe(401);
  expect(await say(`${turn}&token=${SECRETS.queryToken}`, post(keyed))).toBe(400);
  await say(`/function/rotate-fn/nowhere?token=${SECRETS.queryToken}`, post(keyed));
  await say(`/function/nothing-fn?token=${SECRETS.queryToken}`, post());
  const address = `http://u:${SECRETS.urlPassword}@10.0.0.1/x`;
  await say(`${turn}&url=${encodeURIComponent(address)}`, { headers: keyed });
  await say(turn, { method: 'POST', body: address, headers: keyed });
  await say(`/function/frontend-fn/?token=${SECRETS.queryToken}`);
  const forged = `expires=4000000000&signature=${SECRETS.signature}`;
  expect(await say(`/function/rotate-fn?angle=90&url=http://10.0.0.1/x&${forged}`)).toBe(403);
  expect([await turnOver(SECRETS.edgeToken), await turnOver(SECRETS.wrongEdgeToken)]).toEqual([
    'OK',
    'UNAUTHENTICATED',
  ]);
  await say('/function/pipeline-fn/feedback.csv', {
    headers: { ...keyed, authorization: basic('admin', SECRETS.feedback) },
  });
  await say('/function/pipeline-fn/feedback.csv', {
    headers: { ...keyed, authorization: basic('admin', SECRETS.wrongKey) },
  });
  await say(
    `/function/pipeline-fn/jobs?steps=grayscale&callback=http://127.0.0.1:1/${SECRETS.callbackToken}`,
    post(keyed),
  );
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
  const told = `${system.output()}\n${edge.output()}\n${answered}`;
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
