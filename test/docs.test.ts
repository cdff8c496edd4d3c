import { expect, test } from 'vitest';
import type * as z from 'zod';
import { allowed, optionSchema } from '#contract/options';
import { OPERATION_NAMES, operations } from '#imaging';
import { DIFFERENCES } from '../gateway/contract/differences.ts';
import type { Difference } from '../gateway/contract/row.ts';

/*
 * Tables in docs/ that come from the registry. After a change of an operation: npm test -- -u
 */
function table(schema: z.ZodObject): string[] {
  const rows = Object.keys(schema.shape).map((name) => {
    const { default: standard, description = '' } = optionSchema(schema, name) as {
      default?: unknown;
      description?: string;
    };
    const shown = standard === undefined ? '' : `\`${String(standard)}\``;
    return `| \`${name}\` | ${allowed(schema, name)} | ${shown} | ${description} |`;
  });
  return rows.length === 0 ? ['No options.'] : ['| option | allowed | default | |', '|---|---|---|---|', ...rows];
}

test('docs/options.md is what the registry says', async () => {
  const sections = OPERATION_NAMES.flatMap((name) => [
    `## ${name}`,
    '',
    `${operations[name].summary}.`,
    '',
    ...table(operations[name].options as unknown as z.ZodObject),
    '',
  ]);
  const text = [
    '# Operations',
    '',
    'Generated from the registry (`src/imaging/registry.ts`) by `npm test -- -u`; a test keeps it true.',
    'Every operation can stand in a chain, ' +
      '`transform-fn?chain=rotate:90;resize:width=512,height=512,fit=cover;grayscale`;',
    'a bare value is the first option. A function of its own, such as `rotate-fn`, ' +
      'also takes the options of `convert`.',
    '',
    ...sections,
  ].join('\n');
  await expect(text).toMatchFileSnapshot('../docs/options.md');
});

test('docs/openfaas-differences.md is what the contract says', async () => {
  const statusOf = ({ there }: Difference): string =>
    typeof there === 'number'
      ? String(there)
      : Object.entries(there)
          .map((pair) => pair.join(': '))
          .join(', ');
  const credentials = ({ as }: Difference) => (as === 'operator' ? ', with the password' : '');
  const rows = DIFFERENCES.map(
    (row) =>
      `| ${row.what}${credentials(row)} | \`${row.method} ${row.path}\` | ${statusOf(row)} | ` +
      `${row.here} | ${row.why} |`,
  );
  const text = [
    "# Where the embedded gateway's statuses differ from OpenFaaS's",
    '',
    'Generated from `gateway/contract/differences.ts` by `npm test -- -u`. ' +
      '`npm test` holds the column *here* to the embedded gateway; with',
    '`GATEWAY_URL` and `GATEWAY_PROVIDER` the same tests hold the column *there* ' +
      "to OpenFaaS's ([how](gateway.md#the-contract-as-a-table)).",
    'Providers are named where they differ or where one alone was tried. ' +
      'Every other status of the contract is the same on both; differences',
    'in headers, bodies and behaviour: [gateway.md](gateway.md#what-differs-from-openfaas).',
    '',
    '| case | request | there | here | why |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot('../docs/openfaas-differences.md');
});
