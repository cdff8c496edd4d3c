import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Described, explanation, wantsExplanation } from './explanation.ts';
import { start } from './testing.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

const DESCRIBED: Described = {
  info: { title: 'turn-fn', summary: 'Turns <b>pictures</b>' },
  externalDocs: { url: '/docs' },
  paths: {
    '/': {
      post: {
        description: 'Turns. The picture comes as `image` & more.',
        parameters: [
          { name: 'angle', in: 'query', description: 'By <i>degrees</i>.', schema: { default: 90 }, example: 45 },
          { name: 'text', in: 'query', schema: { enum: ['a', '"'] }, example: "it's; $(id) & <b>" },
        ],
        requestBody: { content: { 'multipart/form-data': {}, 'image/*': {} } },
        responses: { 200: { content: { 'image/*': {} } } },
      },
    },
    '/list': { get: { summary: 'What there is' } },
  },
};

const asked = (accept: string | undefined, more = {}) => ({
  method: 'GET',
  path: '/',
  search: '',
  headers: { accept },
  ...more,
});

describe('who gets it', () => {
  /** Calls from programs must not pay for a document that nobody reads. */
  const unasked = () => {
    throw new Error('the document was made for nothing');
  };

  it.each([BROWSER, 'text/html', 'TEXT/HTML;level=1', 'text/html;q=0.5, image/*;q=0.4', 'image/*, text/html'])(
    'a browser: %s',
    (accept) => expect(wantsExplanation(asked(accept), () => DESCRIBED)).toBe(true),
  );

  it.each([
    undefined,
    '',
    '*/*',
    'application/json, text/plain, */*',
    'application/json, text/html;q=0.9',
    'text/html;q=0',
    'text/html;q=nonsense, */*',
    'image/avif,image/webp,*/*;q=0.8',
    `${'a,'.repeat(30_000)}`,
  ])('no program: %.60s', (accept) => expect(wantsExplanation(asked(accept), unasked)).toBe(false));

  it.each([{ search: 'url=x' }, { method: 'POST' }, { path: '/list' }])('no other request: %j', (more) =>
    expect(wantsExplanation(asked(BROWSER, more), unasked)).toBe(false),
  );

  it('nor anybody where the function has a page of its own', () => {
    const own = { paths: { '/': { get: { responses: { 200: { content: { 'text/html': {} } } } } } } };
    expect(wantsExplanation(asked(BROWSER), () => own)).toBe(false);
  });
});

describe('what it says', () => {
  const page = explanation(DESCRIBED, 'turn-fn', { host: 'example.org:8080' });

  it('has what the contract says, as text', () => {
    expect(page).toContain('Turns &lt;b&gt;pictures&lt;/b&gt;');
    expect(page).toContain('<code>image</code> &amp; more.');
    expect(page).toContain('By &lt;i&gt;degrees&lt;/i&gt;. Default: <code>90</code>.');
    expect(page).toContain('One of <code>a</code>, <code>&quot;</code>.');
    expect(page).toContain('<code>GET /function/turn-fn/list</code>');
    expect(page).toContain('href="/docs#/turn-fn"');
    expect(page).not.toMatch(/<(b|i|script)>|\son\w+=|\sstyle=/);
  });

  it('has commands that a shell reads as they are meant', async () => {
    const commands = [...page.matchAll(/<pre><code>(.*?)<\/code>/gs)].map(([, text = '']) => plain(text));
    expect(commands).toHaveLength(2);
    const words = async (command: string) => {
      const echo = command.replace(/^(curl|faas-cli)/, 'printf "%s\\n"').replace(/ [<>] \S+/g, '');
      return (await promisify(execFile)('bash', ['-c', echo])).stdout.trim().split('\n');
    };
    const text = "text=it's;%20%24(id)%20%26%20%3Cb%3E";
    const url = `http://example.org:8080/function/turn-fn?angle=45&${text}`;
    expect(await words(commands[0] ?? '')).toEqual(['--data-binary', '@photo.jpg', url, '-o', 'out.jpg']);
    // faas-cli encodes values itself.
    const flags = ['--query', 'angle=45', '--query', decodeURIComponent(text)];
    expect(await words(commands[1] ?? '')).toEqual([
      'invoke',
      'turn-fn',
      '--gateway',
      'http://example.org:8080',
      ...flags,
    ]);
  });

  it('comes in place of the handler only where it is wanted', async () => {
    await using described = await start({ default: () => 'handler', openapi: () => DESCRIBED });
    const ask = (headers: Record<string, string>, method = 'GET') => fetch(described.url, { method, headers });
    const shown = await ask({ accept: BROWSER });
    expect(await shown.text()).toContain('<h1>');
    expect(shown.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(shown.headers.get('vary')).toBe('Accept');
    expect(await (await ask({})).text()).toBe('handler');
    expect(await (await ask({ accept: BROWSER }, 'POST')).text()).toBe('handler');
    await using plain = await start({ default: () => 'handler' });
    expect(await (await fetch(plain.url, { headers: { accept: BROWSER } })).text()).toBe('handler');
  });
});

function plain(text: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name] ?? '');
}
