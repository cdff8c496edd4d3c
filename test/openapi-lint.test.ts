import { BaseResolver, createConfig, lintDocument, makeDocumentFromString } from '@redocly/openapi-core';
import spectral from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { beforeAll, expect, test, vi } from 'vitest';
import combined from '#contract/openapi';
import { withServer } from '#http/openapi-combined';
import { FUNCTIONS, sharedSystem } from './shared.ts';

// A whole system, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/* The OpenAPI documents as those who make clients and pages of them see them: without an error or a warning. */

let url: string;
beforeAll(async () => {
  ({ url } = await sharedSystem());
});

/** Nobody is to be written to about a copy of this that somebody runs. */
const UNWANTED = ['info-contact'];

async function redocly(text: string): Promise<string[]> {
  const problems = await lintDocument({
    document: makeDocumentFromString(text, 'openapi.json'),
    config: await createConfig({ extends: ['recommended'] }),
    externalRefResolver: new BaseResolver(),
  });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

async function spectrals(text: string): Promise<string[]> {
  const linter = new spectral.Spectral();
  linter.setRuleset({ extends: [[oas as never, 'recommended']] });
  const found = await linter.run(JSON.parse(text));
  return found
    .filter(({ code }) => !UNWANTED.includes(String(code)))
    .map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`);
}

const lint = async (text: string): Promise<string[]> => [...(await redocly(text)), ...(await spectrals(text))];

test('both linters see what is wrong', async () => {
  const { paths } = combined as { paths: Record<string, Record<string, object>> };
  const path = '/function/clip-fn/model';
  const bad = { ...paths[path]?.get, operationId: 'classify', parameters: [{ name: 'a', in: 'query', unit: 'px' }] };
  const two = { [path]: { get: bad }, '/': { get: { ...paths[path]?.get, operationId: 'classify' } } };
  const text = JSON.stringify({ ...combined, paths: two });
  expect((await redocly(text)).join('\n')).toMatch(/struct: Property `unit` is not expected/);
  expect((await spectrals(text)).join('\n')).toMatch(/operation-operationId-unique/);
});

test('the document of all functions', async () => {
  expect(await lint(JSON.stringify(withServer(combined, url)))).toEqual([]);
});

test.each(FUNCTIONS)("%s's own", async (name) => {
  const text = await (await fetch(`${url}/function/${name}/openapi.json`)).text();
  expect(JSON.parse(text).servers).toEqual([{ url: `${url}/function/${name}` }]);
  expect(await lint(text)).toEqual([]);
});
