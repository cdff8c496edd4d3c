import { fileURLToPath } from 'node:url';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { ApiDocs } from '#http/api-docs';
import type { RouteAnswer } from './answer.ts';
import { pageBase } from './page-base.ts';

/* The page of the API, for gateways that have none of their own, such as OpenFaaS's. */

const docs = new ApiDocs({
  folder: fileURLToPath(new URL('./docs/', import.meta.url)),
  base: `${pageBase()}docs`,
  links: [['Obscura', pageBase()]],
});

/** `GET /docs`, its document and its files. @throws Problem `not-found` */
export async function docsPage({ headers }: FunctionEvent, name: string): Promise<RouteAnswer> {
  const answer = name === 'openapi.json' ? await docs.document(headers) : await docs.page(name, headers);
  if (!answer) throw new Problem('not-found', 'There is no such file here; reload the page.');
  return answer;
}
