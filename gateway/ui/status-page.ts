import { createHash } from 'node:crypto';
import type { FileAnswer } from '#http/built-files';
import { formatBytes } from '#kit/bytes';
import { escapeHtml } from '#kit/html';
import type { State } from '../pool/processes.ts';
import type { FunctionFacts, StatusFacts } from './status-facts.ts';
import { SCRIPT } from './status-script.ts';
import { STYLE } from './status-style.ts';

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const STATES: Record<State, string> = {
  ready: 'ready',
  starting: 'starting',
  idle: 'not running',
  failed: 'does not start',
};

/** The page of `/ui/`. Its script updates it; without scripts it reloads itself. */
export function statusPage(facts: StatusFacts): FileAnswer {
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Obscura status</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Obscura ${escapeHtml(facts.version)}</h1>
<nav aria-label="Elsewhere">${facts.links.map(([text, address]) => link(address, text)).join('\n')}</nav>
<p><button type="button" id="pause" aria-pressed="false" hidden>Pause updates</button></p>
<p id="trouble" role="status"></p>
<h2>Now</h2>
${overview(facts)}
${history(facts.history)}
<h2>Functions</h2>
<p>Times, failures and refusals are of the last five minutes. A function that is not running starts with its next
call.</p>
${table(facts.functions)}
<h2>Recent errors</h2>
${errors(facts)}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
  return { status: 200, headers: HEADERS, body };
}

function overview({ functions, recent, queue, ownMemory, model, uptime }: StatusFacts): string {
  const sum = (of: (one: FunctionFacts) => number) => functions.reduce((total, one) => total + of(one), 0);
  const facts: [key: string, title: string, value: string][] = [
    ['rate', 'Calls a second', sum(({ perSecond }) => perSecond).toFixed(1)],
    ['p50', 'Half of calls within', seconds(recent.p50)],
    ['p95', '95 % within', seconds(recent.p95)],
    ['p99', '99 % within', seconds(recent.p99)],
    ['failed', 'Failed (5xx)', share(recent.failed, recent.count)],
    ['processes', 'Processes', String(sum(({ available }) => available))],
    ['queue', 'Queued calls', queue ? String(queue.pending) : 'another gateway has them'],
    ['dead', 'Given up', queue ? String(queue.deadLetters) : '–'],
    ['memory', 'Memory of functions', formatBytes(sum(({ memory = 0 }) => memory))],
    ['own-memory', 'Memory of the gateway', formatBytes(ownMemory)],
    ['uptime', 'Running for', age(uptime)],
    ...(model === undefined ? [] : [['model', 'Model', model] as [string, string, string]]),
  ];
  const items = facts.map(
    ([key, title, value]) => `<div><dt>${title}</dt><dd data-key="now-${key}">${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="facts">${items.join('\n')}</dl>`;
}

/** Calls per second as a line chart. */
function history(rates: number[]): string {
  const most = Math.max(1, ...rates);
  const step = rates.length > 1 ? 100 / (rates.length - 1) : 0;
  const points = rates.map((rate, index) => `${(index * step).toFixed(2)},${(31 - (30 * rate) / most).toFixed(2)}`);
  const label = `Calls a second in the last two minutes: at most ${Math.max(0, ...rates).toFixed(1)}`;
  return `<div data-key="history"><svg class="history" viewBox="0 0 100 32" preserveAspectRatio="none" role="img"
aria-label="${label}"><polyline points="${points.join(' ')}"/></svg></div>`;
}

const COLUMNS = ['State', 'Processes', 'Calls', 'A second', 'p50', 'p95', 'p99', 'Failed', 'Refused', 'Memory'];

function table(functions: FunctionFacts[]): string {
  const heads = ['Function', ...COLUMNS].map((title) => `<th scope="col" role="columnheader">${title}</th>`);
  // The cards display table parts as blocks, so assistive technology needs the roles.
  return `<table role="table"><thead role="rowgroup"><tr role="row">${heads.join('')}</tr></thead>
<tbody role="rowgroup">${functions.map(row).join('\n')}</tbody></table>`;
}

function row({ name, recent, ...facts }: FunctionFacts): string {
  const { replicas, available } = facts;
  const started = facts.startMs === undefined ? '' : `, started in ${seconds(facts.startMs / 1000)}`;
  const values = [
    `${STATES[facts.state]}${facts.state === 'ready' ? started : ''}`,
    available === replicas ? String(available) : `${available} of ${replicas}`,
    String(facts.calls),
    facts.perSecond.toFixed(1),
    ...[recent.p50, recent.p95, recent.p99].map(seconds),
    share(recent.failed, recent.count),
    share(recent.refused, recent.count),
    facts.memory === undefined ? '–' : formatBytes(facts.memory),
  ];
  const cells = values.map((value, index) => {
    const title = COLUMNS[index] ?? '';
    const key = `data-key="${escapeHtml(`${name}/${title}`)}"`;
    const kind = index === 0 ? ` class="${facts.state}"` : '';
    return `<td role="cell" data-title="${title}"><span ${key}${kind}>${escapeHtml(value)}</span></td>`;
  });
  const head = `<th scope="row" role="rowheader">${link(`/function/${name}`, name)}</th>`;
  return `<tr role="row">${head}${cells.join('')}</tr>`;
}

function errors({ recentErrors }: StatusFacts): string {
  const items = recentErrors.map(
    ({ at, text }) =>
      `<li><time datetime="${at.toISOString()}">${at.toTimeString().slice(0, 8)}</time> ${escapeHtml(text)}</li>`,
  );
  return `<div data-key="errors">${items.length > 0 ? `<ul>${items.join('\n')}</ul>` : '<p>None.</p>'}</div>`;
}

function link(address: string, text: string): string {
  return `<a href="${escapeHtml(address)}">${escapeHtml(text)}</a>`;
}

/** `37 ms`, `2.5 s`. */
function seconds(value: number | undefined): string {
  if (value === undefined) return '–';
  const ms = value * 1000;
  return ms < 999.5 ? `${ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0)} ms` : `${value.toFixed(1)} s`;
}

function share(part: number, whole: number): string {
  return part === 0 ? '0' : `${part} (${((100 * part) / whole).toFixed(1)} %)`;
}

function age(uptime: number): string {
  const minutes = Math.floor(uptime / 60);
  if (minutes < 1) return `${Math.floor(uptime)} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
