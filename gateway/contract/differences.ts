import type { Difference } from './row.ts';
import { MISTAKE, SECRETS } from './secret-differences.ts';

// A separate name: faas-netes may still be removing it when rows about `none-such` run.
const NO_FUNCTION = { service: 'contract-fn', image: 'example.test/none-such:1' };
const FUNCTION_REMOVED = { method: 'DELETE', path: '/system/functions', body: { functionName: NO_FUNCTION.service } };

const OWN: Difference[] = [
  ...(['GET', 'HEAD'] as const).map(
    (method): Difference => ({
      what: 'the root',
      method,
      path: '/',
      there: method === 'GET' ? 301 : 405,
      here: 307,
      why: "It redirects to frontend-fn's page instead of a portal, and only temporarily: the stack file may change.",
    }),
  ),
  ...['/healthz', '/ui/'].map(
    (path): Difference => ({
      what: 'HEAD of a path that has GET',
      method: 'HEAD',
      path,
      as: 'operator',
      there: 405,
      here: 200,
      why: 'HTTP requires it, and newer providers do so for /healthz.',
    }),
  ),
  {
    what: 'the status page without a slash',
    method: 'GET',
    path: '/ui',
    as: 'operator',
    there: 404,
    here: 200,
    why: 'People type it.',
  },
  {
    what: "a file of OpenFaaS's portal",
    method: 'GET',
    path: '/ui/index.html',
    as: 'operator',
    there: 301,
    here: 404,
    why: 'The status page has no other files.',
  },
];

const ASYNC: Difference[] = ['', 'done'].map((callback) => ({
  what: callback === '' ? 'an empty callback' : 'a callback without a host',
  method: 'POST',
  path: '/async-function/none-such',
  headers: { 'x-callback-url': callback },
  there: 202,
  here: 400,
  why: 'The answer would be lost silently.',
}));

const ONE_STACK = 'It runs the functions of one stack file in one namespace.';
const NEW_NAMESPACE = { name: 'contract-ns', labels: { openfaas: '1' } };
const PASSWORD_FIRST = 'Everything below /system requires the password first.';

const UNSERVED: Difference[] = [
  {
    what: 'an unknown path of the system API, without a password',
    method: 'GET',
    path: '/system/nothing',
    there: 404,
    here: 401,
    why: PASSWORD_FIRST,
  },
  {
    what: 'an unknown method of the system API, without a password',
    method: 'PATCH',
    path: '/system/functions',
    there: 405,
    here: 401,
    why: PASSWORD_FIRST,
  },
  {
    what: 'the namespace',
    method: 'GET',
    path: '/system/namespace/openfaas-fn',
    as: 'operator',
    there: 404,
    here: 200,
    why: 'faasd looks for a label that its own namespace does not have; CE on Kubernetes has no such path.',
  },
  {
    what: 'a new namespace',
    method: 'POST',
    path: '/system/namespace/',
    as: 'operator',
    body: NEW_NAMESPACE,
    after: [{ method: 'DELETE', path: `/system/namespace/${NEW_NAMESPACE.name}`, body: NEW_NAMESPACE }],
    there: { faasd: 400, 'faas-netes': 404 },
    here: 501,
    why: `${ONE_STACK} faasd 0.19 creates one, but answers 400 on containerd 1.6.`,
  },
];

const PATH_NAMES = 'Only the name in the path counts.';
const scaling = (how: string, body: object, name = '{fn}') => ({
  what: `scaling ${how}`,
  method: 'POST',
  path: `/system/scale-function/${name}`,
  as: 'operator' as const,
  body,
});

const FUNCTIONS: Difference[] = [
  {
    what: 'a function described by its name with the namespace',
    method: 'GET',
    path: '/system/function/{fn}.openfaas-fn',
    as: 'operator',
    there: 404,
    here: 200,
    why: 'Calls accept this form of the name, too.',
  },
  {
    what: 'deploying an image that does not exist',
    method: 'POST',
    path: '/system/functions',
    as: 'operator',
    body: NO_FUNCTION,
    after: [FUNCTION_REMOVED],
    there: { faasd: 400, 'faas-netes': 202 },
    here: 501,
    why: 'It runs what is built on this machine; on faas-netes the pods wait for the image.',
  },
  {
    what: 'deploying with a secret that does not exist',
    method: 'POST',
    path: '/system/functions',
    as: 'operator',
    body: { ...NO_FUNCTION, secrets: ['none-such'] },
    there: 400,
    here: 501,
    why: 'The image is checked first.',
  },
  {
    what: 'updating without a name',
    method: 'PUT',
    path: '/system/functions',
    as: 'operator',
    body: { image: 'example.test/none-such:1' },
    there: { faasd: 404, 'faas-netes': 400 },
    here: 400,
    why: MISTAKE,
  },
  {
    what: 'removing without a name',
    method: 'DELETE',
    path: '/system/functions',
    as: 'operator',
    body: {},
    there: { faasd: 404, 'faas-netes': 400 },
    here: 400,
    why: MISTAKE,
  },
  {
    ...scaling('with another name in the body', { serviceName: 'none-such', replicas: 1 }),
    there: { faasd: 404, 'faas-netes': 202 },
    here: 202,
    why: PATH_NAMES,
  },
  {
    ...scaling('without a name in the body', { replicas: 1 }),
    there: { faasd: 404 },
    here: 202,
    why: PATH_NAMES,
  },
  {
    ...scaling('without a number', { serviceName: 'none-such' }),
    there: { faasd: 404, 'faas-netes': 202 },
    here: 400,
    why: 'A missing number would be read as 0.',
  },
  {
    ...scaling('a function that does not exist', { serviceName: 'none-such', replicas: 1 }, 'none-such'),
    there: { 'faas-netes': 500 },
    here: 404,
    why: MISTAKE,
  },
];

const SILENT = 'An empty answer looks like a function without output, and the mistake is in the request.';

const LOGS: Difference[] = [
  {
    what: 'logs of a function that does not exist',
    method: 'GET',
    path: '/system/logs?name=none-such&follow=false',
    as: 'operator',
    there: { faasd: 200, 'faas-netes': 500 },
    here: 404,
    why: SILENT,
  },
  {
    what: 'logs of no function',
    method: 'GET',
    path: '/system/logs?follow=false',
    as: 'operator',
    there: { faasd: 200 },
    here: 404,
    why: SILENT,
  },
  ...['since=abc', 'tail=abc'].map(
    (wrong): Difference => ({
      what: 'logs with an invalid query',
      method: 'GET',
      path: `/system/logs?name={fn}&follow=false&${wrong}`,
      as: 'operator',
      there: 500,
      here: 400,
      why: MISTAKE,
    }),
  ),
];

/** All statuses in which the embedded gateway differs from OpenFaaS on purpose. */
export const DIFFERENCES: Difference[] = [...OWN, ...ASYNC, ...UNSERVED, ...FUNCTIONS, ...SECRETS, ...LOGS];
