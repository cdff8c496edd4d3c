import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { escapeHtml } from '#kit/html';
import type { Deployed } from '../pool/registry.ts';
import type { ErrorEntry } from './recent.ts';

export interface StatusFacts {
  version: string;
  functions: Deployed[];
  calls: (name: string) => number;
  perSecond: (name: string) => number;
  queue: { pending: number; deadLetters: number } | undefined;
  recentErrors: ErrorEntry[];
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color-scheme:light dark}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884}
td+td,th+th{text-align:right}li{font-family:ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'`;

/** Answers with the page of `/ui/`: plain HTML that loads itself again every two seconds. */
export function sendStatusPage(response: ServerResponse, facts: StatusFacts): void {
  const page = render(facts);
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
    'Content-Security-Policy': POLICY,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  response.end(page);
}

function render({ version, functions, calls, perSecond, queue, recentErrors }: StatusFacts): string {
  const rows = functions.map(({ spec: { name }, upstream }) => {
    const { replicas, available } = upstream.count();
    const running = available === replicas ? String(available) : `${available} of ${replicas}`;
    const cells = [
      `<a href="/function/${escapeHtml(name)}">${escapeHtml(name)}</a>`,
      running,
      calls(name),
      perSecond(name).toFixed(1),
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const troubles = recentErrors.map(
    ({ at, text: what }) => `<li>${at.toTimeString().slice(0, 8)} ${escapeHtml(what)}</li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Obscura</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>Obscura ${escapeHtml(version)}</h1>
<table><thead><tr><th>function</th><th>processes</th><th>calls</th><th>calls a second</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>
<p>${queue ? `Queued calls: ${queue.pending}. Given up: ${queue.deadLetters}.` : 'Another gateway has the queue.'}</p>
<h2>Recent errors</h2>
${troubles.length > 0 ? `<ul>${troubles.join('\n')}</ul>` : '<p>None.</p>'}
</body></html>
`;
}
