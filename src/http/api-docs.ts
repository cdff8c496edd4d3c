import type { IncomingHttpHeaders } from 'node:http';
import { answerFile, type BuiltFiles, type FileAnswer, FOREVER, readBuiltFiles } from '#http/built-files';
import type { OpenApiDocument } from '#http/openapi';
import { withServer } from '#http/openapi-combined';
import { escapeHtml } from '#kit/html';
import { publicOrigin } from '#kit/public-origin';

/*
 * The API's page and document: served by the embedded gateway at /docs, and by frontend-fn on OpenFaaS, whose gateway
 * has no such page.
 */

/** Swagger UI has inline pictures and shows answers as blobs. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export interface ApiDocsOptions {
  /** The folder of the built page (src/http/page). */
  folder: string;
  /** The page's path, without a slash at the end. */
  base: string;
  /** Links on the page: texts and addresses. */
  links: readonly (readonly [text: string, address: string])[];
  /** The deployed functions; by default all of the document's. */
  serves?: (name: string) => boolean;
}

export class ApiDocs {
  private readonly options: ApiDocsOptions;
  private files: Promise<BuiltFiles> | undefined;

  constructor(options: ApiDocsOptions) {
    this.options = options;
  }

  /** The OpenAPI document of all functions, with the server's address. */
  async document(headers: IncomingHttpHeaders): Promise<FileAnswer> {
    const { default: combined } = await import('#contract/openapi');
    const { serves } = this.options;
    const document = combined as unknown as OpenApiDocument;
    const body = JSON.stringify(withServer(serves ? only(document, serves) : document, publicOrigin(headers)));
    const kept = { 'cache-control': 'no-cache', vary: 'Host, X-Forwarded-Host, X-Forwarded-Proto' };
    return { status: 200, headers: { ...SECURITY, 'content-type': 'application/json', ...kept }, body };
  }

  /**
   * The page, or one of its files.
   * @param name the file's name; empty for the page
   * @returns undefined if there is no such file. @throws Error if the page is not built
   */
  async page(name: string, headers: IncomingHttpHeaders): Promise<FileAnswer | undefined> {
    this.files ??= readBuiltFiles(this.options.folder).catch((error: unknown) => {
      this.files = undefined;
      throw error;
    });
    const files = await this.files;
    if (name === '') return this.html(files);
    const file = files.get(name);
    if (!file) return undefined;
    const answer = answerFile(headers, file, FOREVER);
    return { ...answer, headers: { ...SECURITY, ...answer.headers } };
  }

  private html(files: BuiltFiles): FileAnswer {
    const { base, links } = this.options;
    const named = (pattern: RegExp) => [...files.keys()].find((name) => pattern.test(name)) ?? '';
    const address = `${base}/openapi.json`;
    const shown = [...links, ['openapi.json', address] as const].map(
      ([text, to]) => `<a href="${escapeHtml(to)}">${escapeHtml(text)}</a>`,
    );
    const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Obscura API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escapeHtml(`${base}/${named(/^main-.*\.css$/)}`)}">
<script type="module" src="${escapeHtml(`${base}/${named(/^main-.*\.js$/)}`)}"></script>
</head>
<body>
<nav aria-label="Obscura">${shown.join('\n')}</nav>
<div id="docs" data-document="${escapeHtml(address)}">
<noscript>This page needs JavaScript; openapi.json does not.</noscript>
</div>
</body>
</html>
`;
    const type = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' };
    return { status: 200, headers: { ...SECURITY, ...type, 'content-security-policy': POLICY }, body };
  }
}

/** The document restricted to some functions. */
function only(document: OpenApiDocument, serves: (name: string) => boolean): OpenApiDocument {
  const paths = Object.entries(document.paths).filter(([path]) => serves(path.split('/')[2] ?? ''));
  const tags = document.tags.filter(({ name }) => serves(String(name)));
  return { ...document, tags, paths: Object.fromEntries(paths) };
}
