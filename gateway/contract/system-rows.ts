import type { Row, Shape } from './row.ts';

const REFUSED = {
  status: [401],
  answerHeaders: { 'www-authenticate': /^Basic realm="Restricted"$/ },
  text: /^invalid credentials\s*$/,
};

const STATUS: Shape = {
  name: 'text',
  image: 'text',
  'namespace?': 'text',
  'envProcess?': 'text',
  'envVars?': 'texts',
  'constraints?': ['text'],
  'secrets?': ['text'],
  'labels?': 'texts',
  'annotations?': 'texts',
  'limits?': 'texts',
  'requests?': 'texts',
  'invocationCount?': 'number',
  'replicas?': 'number',
  'availableReplicas?': 'number',
  'createdAt?': 'date',
};

const VERSION: Shape = { 'commit_message?': 'text', sha: 'text', release: 'text' };

const LOCKED: [method: string, path: string][] = [
  ['GET', '/system/functions'],
  ['POST', '/system/functions'],
  ['PUT', '/system/functions'],
  ['DELETE', '/system/functions'],
  ['GET', '/system/function/{fn}'],
  ['POST', '/system/scale-function/{fn}'],
  ['GET', '/system/info'],
  ['GET', '/system/namespaces'],
  ['GET', '/system/secrets'],
  ['POST', '/system/secrets'],
  ['PUT', '/system/secrets'],
  ['DELETE', '/system/secrets'],
  ['GET', '/system/logs?name={fn}'],
  ['POST', '/system/alert'],
  ['GET', '/system/namespace/openfaas-fn'],
  ['POST', '/system/namespace/'],
];

export const SYSTEM_ROWS: Row[] = [
  ...LOCKED.map(([method, path]): Row => ({ promise: 'the system API asks who you are', method, path, ...REFUSED })),
  { promise: 'a wrong password is refused', method: 'GET', path: '/system/functions', as: 'stranger', ...REFUSED },
  {
    promise: 'functions are listed',
    method: 'GET',
    path: '/system/functions',
    as: 'operator',
    status: [200],
    answerHeaders: { 'content-type': /^application\/json/ },
    json: [STATUS],
  },
  {
    promise: 'functions are listed by namespace',
    method: 'GET',
    path: '/system/functions?namespace=openfaas-fn',
    as: 'operator',
    status: [200],
    json: [STATUS],
  },
  {
    promise: 'a function is described',
    method: 'GET',
    path: '/system/function/{fn}?namespace=openfaas-fn&usage=1',
    as: 'operator',
    status: [200],
    answerHeaders: { 'content-type': /^application\/json/ },
    json: STATUS,
  },
  {
    promise: 'one that does not exist is not',
    method: 'GET',
    path: '/system/function/none-such',
    as: 'operator',
    status: [404],
  },
  {
    promise: 'the gateway tells what it is',
    method: 'GET',
    path: '/system/info',
    as: 'operator',
    status: [200],
    answerHeaders: { 'content-type': /^application\/json/ },
    json: {
      provider: { provider: 'text', orchestration: 'text', version: VERSION },
      version: VERSION,
      arch: 'text',
    },
  },
  {
    promise: 'there is one namespace',
    method: 'GET',
    path: '/system/namespaces',
    as: 'operator',
    status: [200],
    text: /^\["openfaas-fn"\]\s*$/,
  },
  {
    promise: 'a function is scaled',
    method: 'POST',
    path: '/system/scale-function/{fn}',
    as: 'operator',
    body: { serviceName: '{fn}', replicas: 1 },
    status: [200, 202],
  },
  {
    promise: 'scaling takes JSON',
    method: 'POST',
    path: '/system/scale-function/{fn}',
    as: 'operator',
    body: 'no JSON',
    status: [400],
  },
  {
    promise: 'deploying takes JSON',
    method: 'POST',
    path: '/system/functions',
    as: 'operator',
    body: 'no JSON',
    status: [400],
  },
  {
    promise: 'a function that is not there is not updated (and faas-cli creates it then)',
    method: 'PUT',
    path: '/system/functions',
    as: 'operator',
    body: { service: 'none-such', image: 'example.test/none-such:1' },
    status: [404],
  },
  {
    promise: 'there are no other namespaces',
    only: 'faas-netes',
    method: 'POST',
    path: '/system/functions',
    as: 'operator',
    body: { service: 'none-such', image: 'example.test/none-such:1', namespace: 'kube-system' },
    status: [400],
    text: /namespace must be: openfaas-fn/,
  },
  {
    promise: 'a function that is not there is not removed',
    method: 'DELETE',
    path: '/system/functions',
    as: 'operator',
    body: { functionName: 'none-such' },
    status: [404],
  },
  {
    promise: 'removing takes a name',
    only: 'faas-netes',
    method: 'DELETE',
    path: '/system/functions',
    as: 'operator',
    body: {},
    status: [400],
  },
  { promise: 'other methods are 405', method: 'PATCH', path: '/system/functions', as: 'operator', status: [405] },
  {
    promise: 'logs are lines of JSON',
    method: 'GET',
    path: '/system/logs?name={fn}&tail=1&follow=false&since=2020-01-01T00%3A00%3A00%2B01%3A00',
    as: 'operator',
    status: [200],
    // The gateway drops the type that providers give, and Go guesses one.
    answerHeaders: { 'content-type': /^(application\/x-ndjson|text\/plain)/ },
    text: /^(\{.*"name":.*"text":.*\}\n)?$/,
  },
];

const secret = (promise: string, method: string, value: object, status: number[]): Row => ({
  promise,
  method,
  path: '/system/secrets',
  as: 'operator',
  body: { name: 'contract-secret', ...value },
  status,
});

export const SECRET_ROWS: Row[] = [
  secret('a secret is made', 'POST', { value: 'one' }, [200, 201, 202]),
  { ...secret('it is not made twice', 'POST', { value: 'two' }, [409]), only: 'faas-netes' },
  secret('it is changed', 'PUT', { rawValue: 'AAEC' }, [200, 202]),
  secret('and again', 'PUT', { value: 'three' }, [200, 202]),
  {
    promise: 'secrets are listed without their values',
    method: 'GET',
    path: '/system/secrets',
    as: 'operator',
    status: [200],
    json: [{ name: 'text', 'namespace?': 'text' }],
    text: /^(?!.*three).*"contract-secret"/s,
  },
  secret('it is removed', 'DELETE', {}, [200, 202]),
  { ...secret('it is not removed twice', 'DELETE', {}, [404]), only: 'faas-netes' },
  ...[{}, { name: '' }, { name: '../up' }].map(
    (body): Row => ({
      promise: 'a secret has a name, and it is no path',
      only: 'faasd',
      method: 'POST',
      path: '/system/secrets',
      as: 'operator',
      body: { value: 'x', ...body },
      status: [400],
    }),
  ),
  {
    promise: 'there are no secrets of other namespaces',
    method: 'GET',
    path: '/system/secrets?namespace=none-such',
    as: 'operator',
    status: [400],
  },
  {
    promise: 'other methods are 405 for secrets, too',
    method: 'PATCH',
    path: '/system/secrets',
    as: 'operator',
    status: [405],
  },
];

const namespace = (promise: string, method: string, name: string, body: Row['body'], status: number): Row => ({
  promise,
  // The community edition of faas-netes only has the list.
  only: 'faasd',
  method,
  path: `/system/namespace/${name}`,
  as: 'operator',
  ...(body === undefined ? {} : { body }),
  status: [status],
});

const LABELS = { labels: { openfaas: '1' } };

export const NAMESPACE_ROWS: Row[] = [
  namespace('a namespace that is not there is 404', 'GET', 'none-such', undefined, 404),
  namespace('one is not made without the label', 'POST', '', { name: 'none-such' }, 400),
  namespace('nor without a name', 'POST', '', LABELS, 400),
  namespace('nor from what is no JSON', 'POST', '', 'no JSON', 400),
  namespace('one that is there is not made', 'POST', '', { name: 'openfaas-fn', ...LABELS }, 409),
  namespace('one is not removed without the label', 'DELETE', 'none-such', { name: 'none-such' }, 400),
  namespace('nor by another name in the body', 'DELETE', 'none-such', { name: 'other', ...LABELS }, 400),
  namespace('one that is not there is not removed', 'DELETE', 'none-such', { name: 'none-such', ...LABELS }, 404),
  namespace('and not changed', 'PUT', 'none-such', { name: 'none-such', ...LABELS }, 404),
];

const alert = (promise: string, body: Row['body'], status: number): Row => ({
  promise,
  method: 'POST',
  path: '/system/alert',
  as: 'operator',
  ...(body === undefined ? {} : { body }),
  status: [status],
});
const told = (status: string, name: string) => ({
  receiver: 'scale-up',
  status,
  alerts: [{ status, labels: { alertname: 'APIHighInvocationRate', function_name: `${name}.openfaas-fn` } }],
});

export const ALERT_ROWS: Row[] = [
  alert('an alert is taken', told('firing', '{fn}'), 200),
  alert('and that it is resolved', told('resolved', '{fn}'), 200),
  alert('one of a function that is not there is, too', told('firing', 'none-such'), 200),
  alert('and one without any', { receiver: 'scale-up', status: 'firing', alerts: [] }, 200),
  alert('what is no alert is 400', 'no JSON', 400),
  alert('and so is nothing', undefined, 400),
  { promise: 'alerts are told by POST', method: 'GET', path: '/system/alert', as: 'operator', status: [405] },
];
