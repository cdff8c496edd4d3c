import { createHash } from 'node:crypto';
import { escapeHtml } from '#kit/html';
import { publicOrigin } from '#kit/public-origin';
import type { HeaderValue } from './types.ts';

/*
 * The page that a browser gets when it opens a function's address: how to use it, from its OpenAPI document. Programs,
 * which do not accept HTML first, get the handler's answer.
 */

interface Parameter {
  name: string;
  in: string;
  description?: string;
  schema?: { default?: unknown; enum?: unknown[] };
  example?: unknown;
}

interface Operation {
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { example?: unknown }> };
  responses?: Record<string, { content?: Record<string, unknown> }>;
}

/** The parts of an OpenAPI document that the page shows. */
export interface Described {
  info?: { title?: string; summary?: string };
  paths?: Record<string, Record<string, Operation>>;
  externalDocs?: { url?: string };
}

/** The parts of a request that decide about the page. */
export interface PageRequest {
  method: string;
  path: string;
  search: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

const STYLE = `:root{color-scheme:light dark;--ground:#fff;--text:#191b1e;--link:#0b57d0}
@media(prefers-color-scheme:dark){:root{--ground:#191b1e;--text:#eee;--link:#8ab4f8}}
body{background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif;
max-width:48rem;margin:0 auto;padding:1.5rem 1rem;overflow-wrap:anywhere}
a{color:var(--link)}h1{margin:0}h2{margin:2rem 0 .5rem;font-size:1.15rem}
pre{padding:.75rem;border:1px solid #8886;border-radius:.4rem;white-space:pre-wrap}
code{font:.9em/1.5 ui-monospace,monospace}
dt{margin-top:.75rem}dd{margin:0 0 0 1rem}
nav a{display:inline-block;margin-right:1rem;padding:.25rem 0}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const HEADERS: Record<string, HeaderValue> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cache-control': 'no-cache',
  vary: 'Accept',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * Whether a browser opened the function's address: HTML is preferred, and there are no options. A function that answers
 * HTML there itself does so.
 * @param document takes milliseconds, so it is only called if the answer depends on it
 */
export function wantsExplanation({ method, path, search, headers }: PageRequest, document: () => Described): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || path !== '/' || search !== '') return false;
  if (!prefersHtml(String(headers.accept ?? ''))) return false;
  const answers = Object.values(document().paths?.['/']?.get?.responses ?? {});
  return !answers.some(({ content }) => content?.['text/html']);
}

/** `text/html` is accepted by name, and no other type is preferred (RFC 9110 §12.5.1). */
function prefersHtml(accept: string): boolean {
  const ranges = accept.split(',').map((range): [type: string, weight: number] => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((one) => one.startsWith('q='))?.slice(2);
    return [type, weight === undefined ? 1 : Number(weight) || 0];
  });
  const html = Math.max(0, ...ranges.filter(([type]) => type === 'text/html').map(([, weight]) => weight));
  return html > 0 && ranges.every(([, weight]) => weight <= html);
}

const TRY_IT = 'Try it in the API page';

/** A page that explains a function. @param name its name at the gateway */
export function explanation(document: Described, name: string, headers: PageRequest['headers']): string {
  const { info = {}, paths = {}, externalDocs } = document;
  const main = paths['/']?.post ?? paths['/']?.get ?? {};
  const docs = externalDocs?.url === undefined ? '' : link(`${externalDocs.url}#/${info.title ?? name}`, TRY_IT);
  const address = `/function/${name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(name)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(name)}</h1>
<p>${escapeHtml(info.summary ?? '')}</p>
<nav aria-label="More about it">${docs}
${link(`${address}/openapi.json`, 'OpenAPI document')}</nav>
<h2>What it takes</h2>
<p>${formatted(main.description ?? main.summary ?? '')}</p>
<h2>Example</h2>
${commands(main, name, publicOrigin(headers))}
${options(main.parameters ?? [])}
${addresses(paths, address)}
<h2>Errors</h2>
<p>An error is a problem document (RFC 9457) with a stable <code>code</code> and a sentence that says what to do.</p>
</main>
</body>
</html>
`;
}

function link(address: string, text: string): string {
  return `<a href="${escapeHtml(address)}">${escapeHtml(text)}</a>`;
}

/** Renders the only kind of Markdown in descriptions: code between backticks. */
function formatted(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** The options of a call. */
function options(parameters: Parameter[]): string {
  const rows = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, description = '', schema = {} }) => {
      const { default: standard, enum: values } = schema;
      const facts = [
        formatted(description),
        ...(values ? [`One of ${values.map((one) => `<code>${escapeHtml(String(one))}</code>`).join(', ')}.`] : []),
        ...(standard === undefined ? [] : [`Default: <code>${escapeHtml(String(standard))}</code>.`]),
      ];
      return `<dt><code>${escapeHtml(name)}</code></dt><dd>${facts.join(' ')}</dd>`;
    });
  return rows.length === 0 ? '' : `<h2>Options</h2>\n<dl>${rows.join('\n')}</dl>`;
}

/** The function's other addresses. */
function addresses(paths: NonNullable<Described['paths']>, address: string): string {
  const rows = Object.entries(paths)
    .filter(([path]) => path !== '/')
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, { summary = '' }]) => {
        const called = escapeHtml(`${method.toUpperCase()} ${address}${path}`);
        return `<dt><code>${called}</code></dt><dd>${formatted(summary)}</dd>`;
      }),
    );
  return rows.length === 0 ? '' : `<h2>Other addresses</h2>\n<dl>${rows.join('\n')}</dl>`;
}

const LOGIN = '<p>Run <code>faas-cli login</code> first: otherwise faas-cli prints a warning into the picture.</p>';

/** The same call with curl and with faas-cli. */
function commands({ parameters = [], requestBody, responses = {} }: Operation, name: string, origin: string): string {
  const examples = parameters.filter((one) => one.in === 'query' && one.example !== undefined);
  const values = examples.map((one) => [one.name, [one.example].flat().join(',')] as const);
  const types = Object.keys(requestBody?.content ?? {});
  const picture = types.some((type) => type.startsWith('image/'));
  const json = requestBody?.content?.['application/json']?.example;
  const makesPicture = Object.values(responses).some(({ content }) => content?.['image/*']);
  const query = json && !picture ? [] : values;
  const encoded = query.map(([option, value]) => `${option}=${queryValue(value)}`).join('&');
  const url = shellWord(`${origin}/function/${name}${encoded && `?${encoded}`}`);
  const sent = picture ? '--data-binary @photo.jpg ' : json ? `--json ${shellWord(JSON.stringify(json))} ` : '';
  const [saved, kept] = makesPicture ? [' -o out.jpg', ' > out.jpg'] : ['', ''];
  const curl = `curl ${sent}${url}${saved}`;
  // faas-cli encodes them itself.
  const flags = query.map((pair) => ` --query ${shellWord(pair.join('='))}`).join('');
  const input = picture ? ' < photo.jpg' : json ? ` <<< ${shellWord(JSON.stringify(json))}` : ' < /dev/null';
  const invoke = `faas-cli invoke ${name} --gateway ${shellWord(origin)}${flags}${input}${kept}`;
  const blocks = [curl, invoke].map((command) => `<pre><code>${escapeHtml(command)}</code></pre>`);
  return [...blocks, ...(makesPicture ? [LOGIN] : [])].join('\n');
}

/** Percent-encodes a value, except for characters of chains that are allowed in a query. */
function queryValue(text: string): string {
  return encodeURIComponent(text).replace(/%(2C|3A|3B|3D)/g, decodeURIComponent);
}

function shellWord(text: string): string {
  return /^[\w./@:+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
