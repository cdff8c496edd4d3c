import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import { PROBLEMS } from '#contract/problems';
import type { OpenApiDocument } from '#http/openapi';
import { combine } from '#http/openapi-combined';
import { FUNCTIONS, sharedSystem } from './shared.ts';

// A whole system, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/*
 * One OpenAPI document of all functions, for the gateway to serve. After a change of an endpoint or an option:
 * npm test -- -u
 */

let document: OpenApiDocument;
beforeAll(async () => {
  const { url } = await sharedSystem();
  const documents: OpenApiDocument[] = [];
  for (const name of FUNCTIONS) {
    const response = await fetch(`${url}/function/${name}/openapi.json`);
    documents.push((await response.json()) as OpenApiDocument);
  }
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  document = combine(
    {
      title: 'Obscura',
      summary: 'Labels and edits pictures',
      description:
        'Functions behind an OpenFaaS gateway. A call to `/async-function/NAME` in place of `/function/NAME` ' +
        'goes into the queue and is answered with 202. ' +
        'Errors are problems (RFC 9457); their codes are explained in docs/errors.md.',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    documents,
  );
  // Starts all functions.
}, 180_000);

interface Operation {
  operationId: string;
  parameters: { name: string; in: string }[];
  responses: Record<string, object>;
}
const operations = (): [path: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.values(item).map((operation): [string, Operation] => [path, operation as unknown as Operation]),
  );

test('src/contract/openapi.generated.json is what the functions say', async () => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../src/contract/openapi.generated.json');
});

test('every function is in it, and each operation has an id that is a name in code', () => {
  for (const name of FUNCTIONS) expect(Object.keys(document.paths)).toContain(`/function/${name}`);
  for (const [, { operationId }] of operations()) expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
});

test('names in a path are parameters, and no parameter comes twice', () => {
  for (const [path, { parameters }] of operations()) {
    const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
    expect(inPath, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(new Set(parameters.map(({ name }) => name)).size, path).toBe(parameters.length);
  }
});

test('every reference leads somewhere, and every problem has its status and code', () => {
  const text = JSON.stringify(document);
  for (const [, ref] of text.matchAll(/"\$ref":"#([^"]+)"/g)) {
    const target = String(ref)
      .split('/')
      .slice(1)
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
    expect(target, ref).toBeDefined();
  }
  for (const [path, { responses }] of operations()) {
    for (const { status } of Object.values(PROBLEMS)) expect(responses, path).toHaveProperty(String(status));
  }
  for (const code of Object.keys(PROBLEMS)) expect(text).toContain(`"${code}"`);
});
