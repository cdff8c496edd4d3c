import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';
import { ask, formEvent, gateway, HOSTILE, problem, reset, start, stop } from './fixtures/front-end.ts';

/* The page's form as browsers send it without JavaScript. */

const jpeg = await picture(30, 20).jpeg().toBuffer();
beforeAll(start);
beforeEach(reset);
afterAll(stop);

const fields = {
  choice: 'own',
  labelset: '',
  labels: `cat, ${HOSTILE}`,
  prompt: '',
  promptText: '',
  top: '5',
  format: '',
};
const form = { ...fields, angle: '45', background: '', width: '12', height: '', fit: 'cover' };

test('answers with labels, bars, the original and copies, each from its function', async () => {
  const { status, headers, text } = await ask(await formEvent('/', form, jpeg));
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/html/);
  expect(gateway.sent.map(({ name, url }) => name + url.search).sort()).toEqual([
    expect.stringMatching(/^clip-fn\?labels=/),
    'grayscale-fn',
    'resize-fn?width=12&fit=cover',
    'rotate-fn?angle=45',
  ]);
  expect(text).toContain('90.0%');
  expect(text).toMatch(/<rect width="90\.0" height="1"\/>/);
  expect(text.match(/<img src="data:image\/png;base64,/g)).toHaveLength(3);
  expect(text).toContain(`<img src="data:image/jpeg;base64,${jpeg.toString('base64')}"`);
});

test('writes nothing as HTML that came from outside', async () => {
  gateway.functions['rotate-fn'] = (_, response) => problem(response, 400, 'option-invalid', HOSTILE);
  const { text } = await ask(await formEvent('/', form, jpeg, `${HOSTILE}.jpg`));
  expect(text).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&amp;');
  expect(text).not.toContain('<img src=x');
  expect(text).not.toMatch(/<[^>]*\sonerror/);
});

test('shows what one function could not do in words, and what the others did', async () => {
  gateway.functions['clip-fn'] = (_, response) => problem(response, 503, 'model-missing', 'The model is missing.');
  gateway.functions['grayscale-fn'] = (_, response) => void response.writeHead(502).end();
  const { status, text } = await ask(await formEvent('/', form, jpeg));
  expect(status).toBe(200);
  expect(text).toContain('The model is missing.');
  expect(text).toContain('The function grayscale-fn failed');
  expect(text.match(/<img src="data:image\/png/g)).toHaveLength(2);
});

test.each([
  ['a text file', Buffer.from(`<b>${HOSTILE}`), form, 415, 'This is'],
  ['no file', null, form, 400, 'Choose a picture first.'],
  ['no labels of one’s own', jpeg, { ...form, labels: ' , ' }, 400, 'Write at least one label'],
])('given %s answers the form again, with the reason', async (_, file, values, status, words) => {
  const answered = await ask(await formEvent('/', values, file));
  expect(answered.status).toBe(status);
  expect(answered.text).toMatch(new RegExp(`role="alert">[^<]*${words}`));
  expect(answered.text).toContain('<form id="form" method="post"');
  expect(answered.text).not.toContain('<b>');
});

test('looks at a sample by its link', async () => {
  const { text } = await ask({ method: 'GET', query: { sample: 'cat.jpg' } });
  expect(gateway.sent).toHaveLength(4);
  expect(text).toContain('90.0%');
  const missing = await ask({ method: 'GET', query: { sample: '../meta.json' } });
  expect(missing).toMatchObject({ status: 404 });
  expect(missing.text).toContain('There is no such sample picture.');
});
