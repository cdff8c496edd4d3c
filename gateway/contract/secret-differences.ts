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
  secret('a secret that is not JSON', 'POST', 'no JSON', { faasd: 500, 'faas-netes': 400 }, 400, MISTAKE),
  secret('a secret without a body', 'POST', undefined, { faasd: 500, 'faas-netes': 400 }, 400, MISTAKE),
  {
    ...secret(
      'a secret without a value',
      'POST',
      { name: 'contract-other' },
      { faasd: 200, 'faas-netes': 202 },
      400,
      'A missing value would be an empty password.',
    ),
    after: [aSecret('DELETE')],
  },
  {
    ...secret(
      'a secret whose name Kubernetes does not accept',
      'POST',
      { name: 'Contract_Other', value: 'x' },
      { faasd: 200, 'faas-netes': 422 },
      400,
      'What is created here must work on a cluster.',
    ),
    after: [aSecret('DELETE', 'Contract_Other')],
  },
  {
    ...secret(
      'creating a secret that exists',
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
      'updating a secret that does not exist',
      'PUT',
      aSecret('PUT').body,
      { faasd: 200, 'faas-netes': 404 },
      404,
      AS_KUBERNETES,
    ),
    after: [aSecret('DELETE')],
  },
  secret(
    'removing a secret that does not exist',
    'DELETE',
    { name: 'none-such' },
    { faasd: 500, 'faas-netes': 404 },
    404,
    AS_KUBERNETES,
  ),
];
