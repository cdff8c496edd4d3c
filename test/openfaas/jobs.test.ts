import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formOf } from '../events.ts';
import { picture } from '../pictures.ts';
import { GATEWAY_URL } from '../system.ts';
import { docker, dockerCan, PREFIX } from './docker.ts';

/*
 * Jobs, callbacks and reports where functions are containers: what is told to somebody outside, and a worker that dies.
 */

const ours = dockerCan('inspect', `${PREFIX}-gateway`);
const png = await picture(64, 48).png().toBuffer();

const post = (at: string, body: Buffer, headers: Record<string, string> = {}) =>
  fetch(`${GATEWAY_URL}${at}`, { method: 'POST', body: new Uint8Array(body), headers });
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
const json = (response: Response): Promise<any> => response.json();
const look = async (location: string) => json(await fetch(new URL(location, GATEWAY_URL)));

describe.skipIf(!ours)('callbacks', () => {
  let told: (call: { request: IncomingMessage; body: Buffer }) => void = () => {};
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    response.end();
    told({ request, body });
  });
  let address: string;
  beforeAll(async () => {
    // The containers reach this machine by their network's own gateway.
    const host = docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', PREFIX);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    address = `http://${host}:${(server.address() as { port: number }).port}/`;
  });
  afterAll(() => server.close());
  const next = () => new Promise<{ request: IncomingMessage; body: Buffer }>((resolve) => (told = resolve));

  test('an async call tells its status and its answer', async () => {
    const call = next();
    const queued = await post('/async-function/rotate-fn?angle=90', png, { 'X-Callback-Url': address });
    expect(queued.status).toBe(202);
    const { request, body } = await call;
    expect(request.headers['x-function-status']).toBe('200');
    expect(request.headers['x-call-id']).toBe(queued.headers.get('x-call-id'));
    expect(body.equals(Buffer.from(await (await post('/function/rotate-fn?angle=90', png)).arrayBuffer()))).toBe(true);
  });

  test('a job tells that it is done', async () => {
    const call = next();
    const query = new URLSearchParams({ steps: 'rotate:90', callback: address });
    const location = (await post(`/function/frontend-fn/jobs?${query}`, png)).headers.get('location');
    expect(JSON.parse((await call).body.toString())).toMatchObject({ state: 'done', links: { self: location } });
  });
});

test.skipIf(!ours)(
  'a job whose worker’s container is killed is done all the same',
  async () => {
    const large = await picture(2_400, 1_800).jpeg().toBuffer();
    const posted = await post('/function/pipeline-fn/jobs?steps=denoise;denoise;denoise;denoise', large);
    const location = posted.headers.get('location') as string;
    await expect.poll(async () => (await look(location)).state, { timeout: 20_000, interval: 50 }).toBe('running');
    docker('kill', `${PREFIX}-pipeline-fn`);
    docker('start', `${PREFIX}-pipeline-fn`);
    const state = async () => (await look(location).catch(() => ({ state: 'nobody answers' }))).state;
    await expect.poll(state, { timeout: 120_000, interval: 500 }).toBe('done');
    expect(await look(location)).toMatchObject({ attempts: 2, done: 4 });
  },
  180_000,
);

test('a report of a wrong answer is kept, and its reader finds it', async () => {
  const note = `containers ${performance.now()}`;
  const form = await formOf([
    ['predicted', 'dog'],
    ['correct', 'cat'],
    ['score', '0.4'],
    ['note', note],
  ]);
  const answer = await post('/function/frontend-fn/feedback', form.body as Buffer, form.headers);
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  if (!ours) return;
  const authorization = `Basic ${Buffer.from(`admin:${process.env.FEEDBACK_PASSWORD}`).toString('base64')}`;
  const csv = (headers: Record<string, string>) =>
    fetch(`${GATEWAY_URL}/function/frontend-fn/feedback.csv`, { headers });
  expect((await csv({})).status).toBe(401);
  expect(await (await csv({ authorization })).text()).toContain(note);
});
