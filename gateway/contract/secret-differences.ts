import type { Difference, Row } from './row.ts';

export const MISTAKE = 'The mistake is in the request.';

const secret = (
  what: string,
  method: string,
  body: Row['body'],
  there: Difference['there'],
  here: number,
  why: string,
): Difference => ({
  what,
  method,
  path: '/system/secrets',
  as: 'operator',
  ...(body === undefined ? {} : { body }),
  there,
  here,
  why,
});

const aSecret = (method: string, name = 'contract-other', value = 'x') => ({
  method,
  path: '/system/secrets',
  body: { name, value },
});
const AS_KUBERNETES = 'As faas-netes.';

export const SECRETS: Difference[] = [
  secret('a secret that is no JSON', 'POST', 'no JSON', { faasd: 500, 'faas-netes': 400 }, 400, MISTAKE),
  secret('a secret that is nothing', 'POST', undefined, { faasd: 500, 'faas-netes': 400 }, 400, MISTAKE),
  {
    ...secret(
      'a secret without a value',
      'POST',
      { name: 'contract-other' },
      { faasd: 200, 'faas-netes': 202 },
      400,
      'A value that is missing would be an empty password.',
    ),
    after: [aSecret('DELETE')],
  },
  {
    ...secret(
      'a secret whose name Kubernetes does not take',
      'POST',
      { name: 'Contract_Other', value: 'x' },
      { faasd: 200, 'faas-netes': 422 },
      400,
      'What is made here is to be had on a cluster.',
    ),
    after: [aSecret('DELETE', 'Contract_Other')],
  },
  {
    ...secret(
      'making a secret that is there',
      'POST',
      aSecret('POST').body,
      { faasd: 200, 'faas-netes': 409 },
      409,
      AS_KUBERNETES,
    ),
    before: [aSecret('POST')],
    after: [aSecret('DELETE')],
  },
  {
    ...secret(
      'changing a secret that is not there',
      'PUT',
      aSecret('PUT').body,
      { faasd: 200, 'faas-netes': 404 },
      404,
      AS_KUBERNETES,
    ),
    after: [aSecret('DELETE')],
  },
  secret(
    'removing a secret that is not there',
    'DELETE',
    { name: 'none-such' },
    { faasd: 500, 'faas-netes': 404 },
    404,
    AS_KUBERNETES,
  ),
];
