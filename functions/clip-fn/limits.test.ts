import { expect, test } from 'vitest';
import { clipFixture, red } from './testing.ts';

/* Too much, too long, too many, and callers who leave: the bundle in a process of its own, asked over HTTP. */

const fn = clipFixture({ CLIP_REQUESTS: '1' });

const ask = (labels: string[], init: RequestInit = {}, query = '') =>
  fetch(`${fn.url}/${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ image: red.toString('base64'), labels }),
    ...init,
  });
/** Labels that nobody has asked for yet, so that there is work to do. */
const fresh = (word: string, count = 2_000) => Array.from({ length: count }, (_, i) => `${word} ${i}`);

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${fn.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}
async function until(name: string, value: number): Promise<void> {
  while ((await metric(name)) !== value) await new Promise((resolve) => setTimeout(resolve, 5));
}

test.each([
  ['one label of 5,000 characters', ['x'.repeat(5_000)]],
  ['5,000 labels', fresh('red', 5_000)],
  ['labels of nothing but blanks', ['', '   ']],
  ['no label', []],
])('%s: a problem that names the option', async (_, labels) => {
  const response = await ask(labels);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'option-invalid', option: 'labels' });
});

test('a label that is empty among others is passed over, as after a comma too many', async () => {
  const { labels } = (await (await ask(['red', '', ' blue '])).json()) as { labels: { label: string }[] };
  expect(labels.map(({ label }) => label).sort()).toEqual(['blue', 'red']);
});

test('HTML in a label comes back as the text it is, and as nothing that a browser would run', async () => {
  const html = '<img src=x onerror=alert(1)>"&';
  const response = await ask([html, 'red']);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const { labels } = (await response.json()) as { labels: { label: string }[] };
  expect(labels.map(({ label }) => label).sort()).toEqual([html, 'red']);
  const headers = { 'content-type': 'application/json', accept: 'text/plain' };
  const table = await ask([html, 'red'], { headers });
  expect(table.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(table.headers.get('x-content-type-options')).toBe('nosniff');
  const refused = await ask(['red'], {}, `?labelset=${encodeURIComponent(html)}`);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
});

test('what there is no room for is refused with when to come back, and the rest is answered', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => ask(fresh(`lot ${i}`))));
  const statuses = answers.map(({ status }) => status);
  expect(statuses).toContain(200);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get('retry-after')).toBe('1');
  expect(await refused?.json()).toMatchObject({ code: 'busy' });
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
  expect(await metric('clip_requests_refused_total')).toBe(statuses.filter((status) => status === 429).length);
});

test('a caller who leaves ends its work', async () => {
  await until('clip_requests_in_flight', 0);
  const before = await metric('clip_label_cache_entries');
  const leaving = new AbortController();
  const answer = ask(fresh('left'), { signal: leaving.signal });
  await until('clip_requests_in_flight', 1);
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await until('clip_requests_in_flight', 0);
  await until('clip_jobs_waiting', 0);
  expect(await metric('clip_label_cache_entries')).toBeLessThan(before + 2_000);
  expect((await ask(['red', 'blue'])).status).toBe(200);
});
