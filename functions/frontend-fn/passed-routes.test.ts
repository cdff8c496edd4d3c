import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask, formEvent, gateway, problem, reset, start, stop } from './fixtures/front-end.ts';

const job = 'ab'.repeat(20);

beforeAll(start);
beforeEach(async () => {
  await reset();
  gateway.functions['pipeline-fn'] = (_, response) => {
    response.writeHead(202, { location: `/function/frontend-fn/jobs/${job}`, 'set-cookie': 'a=b' }).end('{"id":1}');
  };
});
afterAll(stop);

test('a job is begun by pipeline-fn: the very body there, the very answer back', async () => {
  const event = await formEvent('/jobs', { steps: 'rotate:90' }, Buffer.from('picture'));
  const answer = await ask({ ...event, query: { callback: 'https://example.org' } });
  expect([answer.status, answer.text]).toEqual([202, '{"id":1}']);
  expect(answer.headers.location).toBe(`/function/frontend-fn/jobs/${job}`);
  expect(answer.headers['content-security-policy']).toBeDefined();
  expect(answer.headers['set-cookie']).toBeUndefined();
  const [call] = gateway.sent;
  expect(call?.url.pathname + (call?.url.search ?? '')).toBe(
    '/function/pipeline-fn/jobs?callback=https%3A%2F%2Fexample.org',
  );
  expect(call?.body.equals(event.body as Buffer)).toBe(true);
  expect(call?.headers).toMatchObject({
    'content-type': event.headers?.['content-type'],
    'x-mounted-at': '/function/frontend-fn/',
  });
});

test.each([
  ['GET', `/jobs/${job}`],
  ['GET', `/jobs/${job}/events`],
  ['GET', `/jobs/${job}/pictures/0/rotate-2`],
  ['GET', `/jobs/${job}/timeline.svg`],
  ['GET', '/feedback.csv'],
  ['POST', '/feedback'],
  ['POST', '/predict'],
])('%s %s is pipeline-fn’s', async (method, path) => {
  const headers = { authorization: 'Basic YWRtaW46eA==', cookie: 'secret=1' };
  await ask({ method, path, headers, body: method === 'POST' ? 'body' : '' });
  expect(gateway.sent[0]).toMatchObject({
    url: { pathname: `/function/pipeline-fn${path}` },
    headers: { authorization: 'Basic YWRtaW46eA==' },
  });
  expect(gateway.sent[0]?.headers.cookie).toBeUndefined();
});

test('where no path can be set, ?do=predict means it', async () => {
  await ask({ query: { do: 'predict', x: '1' }, body: 'picture' });
  expect(gateway.sent[0]?.url.href).toBe('http://gateway/function/pipeline-fn/predict?x=1');
});

test.each(['..', '../../system/functions', '%2e%2e/%2e%2e/x', '', `${job}/`, `${job}//x`, 'A\\..', `${job}/.hidden`])(
  'nothing climbs out of jobs: %j',
  async (rest) => {
    await expect(ask({ method: 'GET', path: `/jobs/${rest}` })).rejects.toMatchObject({ code: 'not-found' });
    expect(gateway.sent).toEqual([]);
  },
);

test('the queue’s own door is not opened to visitors', async () => {
  const run = ask({ method: 'POST', path: `/jobs/${job}/run` });
  await expect(run).rejects.toMatchObject({ code: 'method-not-allowed' });
});

test('a question is asked again where the platform answered in the function’s place, a body is not', async () => {
  let calls = 0;
  gateway.functions['pipeline-fn'] = (_, response) => {
    calls += 1;
    if (calls === 1) response.writeHead(500, { 'x-openfaas-internal': 'proxy' }).end();
    else response.end('{}');
  };
  expect((await ask({ method: 'GET', path: `/jobs/${job}` })).text).toBe('{}');
  calls = 0;
  await expect(ask({ path: '/jobs', body: 'x' })).rejects.toMatchObject({ code: 'function-failed' });
});

test('what pipeline-fn says is wrong goes on as it is; what the platform says becomes words', async () => {
  gateway.functions['pipeline-fn'] = (_, response) => problem(response, 503, 'store-unavailable', 'No store.');
  const refused = await ask({ path: '/jobs', body: 'x' });
  expect([refused.status, JSON.parse(refused.text).code]).toEqual([503, 'store-unavailable']);
  gateway.functions['pipeline-fn'] = (_, response) => response.writeHead(502).end('dial tcp 10.0.0.7');
  await expect(ask({ path: '/jobs', body: 'x' })).rejects.toMatchObject({ code: 'function-failed' });
});
