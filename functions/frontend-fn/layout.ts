import { type Html, html } from './html.ts';
import { TEXTS } from './texts.ts';

/** The opening of a camera obscura: light through a small hole. */
export const MARK = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"
><circle cx="16" cy="16" r="13"/><circle class="light" cx="16" cy="16" r="5"/></svg>`;

const ICON = [
  'data:image/svg+xml,',
  "%3Csvg xmlns='http:%2F%2Fwww.w3.org/2000/svg' viewBox='0 0 32 32'%3E",
  "%3Ccircle cx='16' cy='16' r='15' fill='%23191b1e'/%3E%3Ccircle cx='16' cy='16' r='6' fill='%23ff7a59'/%3E%3C/svg%3E",
].join('');

export interface Page {
  title: string;
  /** `PAGE_BASE`: where the gateway serves this function; the function cannot see it. */
  base: string;
  style: string;
  /** Without a script the page is one that is only read. */
  script?: string;
  main: Html;
}

/** A whole document. Every link in it is relative to `base`, so it works with and without a trailing slash. */
export function layout({ title, base, style, script, main }: Page): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<base href="${base}">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${TEXTS.description}">
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="assets/${style}">
${script !== undefined && html`<script type="module" src="assets/${script}"></script>`}
</head>
<body>
<header class="top"><a class="brand" href="./">${MARK}Obscura</a></header>
${main}
<footer class="foot">${TEXTS.footer} · <a href="docs">${TEXTS.api}</a></footer>
</body>
</html>
`;
  return document.text;
}

/** A problem in words. */
export function troubleBox(sentence: string): Html {
  return html`<p class="trouble" role="alert">${sentence}</p>`;
}
