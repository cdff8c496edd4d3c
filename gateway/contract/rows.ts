import type { Row } from './row.ts';
import { ALERT_ROWS, NAMESPACE_ROWS, SECRET_ROWS, SYSTEM_ROWS } from './system-rows.ts';

/** A minimal picture: 1 × 1, PNG. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NANOSECONDS = /^\d{19}$/;
const TRACED = { 'x-call-id': UUID, 'x-start-time': NANOSECONDS };
const EMPTY = /^$/;

const FUNCTION_ROWS: Row[] = [
  {
    promise: 'a function is at its name, with a call id and the time of the start',
    method: 'POST',
    path: '/function/{fn}',
    headers: { 'content-type': 'text/plain' },
    body: PICTURE,
    status: [200],
    answerHeaders: {
      ...TRACED,
      'content-type': /^image\//,
      'x-duration-seconds': /^\d+\.\d+$/,
      'x-openfaas-internal': null,
    },
  },
  {
    promise: 'a slash after the name is the same path',
    method: 'POST',
    path: '/function/{fn}/?angle=90',
    body: PICTURE,
    status: [200],
    answerHeaders: { 'content-type': /^image\// },
  },
  {
    promise: 'what follows the name is the path that the function sees',
    method: 'GET',
    path: '/function/{fn}/openapi.json',
    status: [200],
    answerHeaders: { ...TRACED, 'content-type': /^application\/json/ },
  },
  {
    promise: 'the namespace may follow the name',
    method: 'GET',
    path: '/function/{fn}.openfaas-fn/openapi.json?a=1&a=2',
    status: [200],
  },
  {
    promise: 'HEAD reaches the function and has no body',
    method: 'HEAD',
    path: '/function/{fn}/openapi.json',
    status: [200, 404, 405],
    text: EMPTY,
  },
  ...['PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(
    (method): Row => ({
      promise: 'so do other methods',
      method,
      path: '/function/{fn}/openapi.json',
      status: [200, 204, 400, 404, 405],
      answerHeaders: { 'x-duration-seconds': /^\d+\.\d+$/, 'x-openfaas-internal': null },
    }),
  ),
  {
    promise: 'a function that is out of time is 504, and the platform says so',
    method: 'POST',
    path: '/function/{fn}?angle=33',
    headers: { 'x-timeout': '1us' },
    body: PICTURE,
    status: [504],
    answerHeaders: { 'x-openfaas-internal': /^of-watchdog$/ },
  },
  {
    promise: "a function's own failure is its own, not the platform's",
    method: 'POST',
    path: '/function/{fn}',
    headers: { 'content-type': 'text/plain' },
    body: 'this is no picture, and no address of one',
    status: [400, 415],
    answerHeaders: { 'x-openfaas-internal': null },
  },
  {
    promise: 'functions need no credentials and get no CORS headers from the gateway',
    method: 'GET',
    path: '/function/{fn}/openapi.json',
    headers: { origin: 'http://elsewhere.test' },
    status: [200],
    answerHeaders: { 'access-control-allow-origin': null, 'www-authenticate': null },
  },
  {
    promise: 'what speaks of one connection is not passed on',
    method: 'GET',
    path: '/function/{fn}/openapi.json',
    headers: { connection: 'close, x-secret', 'x-secret': 'x', te: 'trailers' },
    status: [200],
    answerHeaders: { 'proxy-connection': null, trailer: null },
  },
  {
    promise: 'a function that does not exist is 404, in words',
    method: 'GET',
    path: '/function/none-such',
    status: [404],
    text: /^error finding function none-such(\.openfaas-fn)?: /,
  },
  {
    promise: 'its name may be percent-encoded',
    method: 'GET',
    path: '/function/{encoded}/openapi.json',
    status: [200],
  },
  ...['/function/{fn}//openapi.json', '//function/{fn}/openapi.json', '/function/{fn}/a/%2e%2e/openapi.json'].map(
    (path): Row => ({
      promise: 'a path that is not clean leads to the clean one',
      method: 'GET',
      path: `${path}?a=1`,
      status: [301],
      answerHeaders: { location: /^\/function\/[a-z-]+\/openapi\.json\?a=1$/ },
      text: EMPTY,
    }),
  ),
  {
    promise: 'its watchdog answers for its health',
    method: 'GET',
    path: '/function/{fn}/_/health',
    status: [200],
    text: /^OK$/,
  },
  { promise: 'and for being ready', method: 'GET', path: '/function/{fn}/_/ready', status: [200] },
  { promise: 'a method that no function takes is 405', method: 'PROPFIND', path: '/function/{fn}', status: [405] },
];

const ASYNC_ROWS: Row[] = [
  {
    promise: 'a queued call is 202, empty, with a call id and the time',
    method: 'POST',
    path: '/async-function/{fn}',
    body: PICTURE,
    status: [202],
    answerHeaders: TRACED,
    text: EMPTY,
  },
  {
    promise: 'so is one with a path, a query and a namespace',
    method: 'POST',
    path: '/async-function/{fn}.openfaas-fn/a/b?angle=90',
    status: [202],
    text: EMPTY,
  },
  {
    promise: 'nobody asks whether the function exists',
    method: 'POST',
    path: '/async-function/none-such',
    body: 'x',
    status: [202],
    text: EMPTY,
  },
  { promise: 'only POST is queued (GET)', method: 'GET', path: '/async-function/{fn}', status: [405] },
  { promise: 'only POST is queued (OPTIONS)', method: 'OPTIONS', path: '/async-function/{fn}', status: [405] },
  {
    promise: 'a callback that is no address is 400',
    method: 'POST',
    path: '/async-function/{fn}',
    headers: { 'x-callback-url': 'http://[bad' },
    body: 'x',
    status: [400],
  },
];

const OWN_ROWS: Row[] = [
  {
    promise: 'the pages of the gateway ask who you are',
    method: 'GET',
    path: '/ui/',
    status: [401],
    answerHeaders: { 'www-authenticate': /^Basic realm="Restricted"$/ },
  },
  {
    promise: 'and are HTML',
    method: 'GET',
    path: '/ui/',
    as: 'operator',
    status: [200],
    answerHeaders: { 'content-type': /^text\/html/ },
  },
  { promise: 'the gateway says that it is well', method: 'GET', path: '/healthz', status: [200] },
  {
    promise: 'the root leads to a page',
    method: 'GET',
    path: '/',
    as: 'operator',
    status: [301, 302, 307],
    answerHeaders: { location: /^\// },
  },
  { promise: 'and takes nothing', method: 'POST', path: '/', status: [405] },
];

/** The contract of OpenFaaS's gateway, in the order to test it. */
export const ROWS: Row[] = [
  ...OWN_ROWS,
  ...FUNCTION_ROWS,
  ...ASYNC_ROWS,
  ...SYSTEM_ROWS,
  ...SECRET_ROWS,
  ...NAMESPACE_ROWS,
  ...ALERT_ROWS,
];
