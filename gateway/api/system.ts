import type { IncomingMessage } from 'node:http';
import { answerJson, answerText, UNAUTHORIZED } from '../http/answer.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { Deployed } from '../pool/registry.ts';
import { bareName, NAMESPACE } from '../stack/names.ts';
import { takeAlert } from './system-alert.ts';
import { create, remove, update } from './system-deploy.ts';
import { readLogQuery, sendLogs } from './system-logs.ts';
import { changeNamespace, createNamespace, describeNamespace } from './system-namespaces.ts';
import type { Answer, SystemCall, SystemOptions } from './system-options.ts';
import { createSecret, listSecrets, removeSecret, updateSecret } from './system-secrets.ts';

const ROUTES: Record<string, Partial<Record<string, Answer>>> = {
  '/functions': { GET: list, POST: create, PUT: update, DELETE: remove },
  '/info': { GET: info },
  '/namespaces': { GET: ({ response }) => answerJson(response, [NAMESPACE]) },
  '/logs': { GET: logs },
  '/alert': { POST: takeAlert },
  '/secrets': { GET: listSecrets, POST: createSecret, PUT: updateSecret, DELETE: removeSecret },
};

const NAMED_ROUTES: Record<string, Partial<Record<string, Answer>>> = {
  '/function/': { GET: describe },
  '/scale-function/': { POST: scale },
  '/namespace/': { GET: describeNamespace, POST: createNamespace, PUT: changeNamespace, DELETE: changeNamespace },
};

/** Answers one call of the `/system` API. */
export async function answerSystem(call: SystemCall, options: SystemOptions): Promise<void> {
  const { request, response, path } = call;
  if (!options.allows(request.headers.authorization)) {
    return answerText(response, ...UNAUTHORIZED);
  }
  const prefix = Object.keys(NAMED_ROUTES).find((start) => path.startsWith(start));
  const methods = ROUTES[path] ?? (prefix ? NAMED_ROUTES[prefix] : undefined);
  if (!methods) return answerText(response, 404, `There is no /system${path}.`);
  const answer = methods[request.method ?? ''];
  if (!answer) {
    const allowed = Object.keys(methods).join(', ');
    return answerText(response, 405, `Use ${allowed} here.`, { Allow: allowed });
  }
  if (!isRead(request) && !isJson(request)) {
    return answerText(response, 415, 'Send JSON as application/json: curl -H "Content-Type: application/json" …');
  }
  const namespace = call.query.get('namespace');
  if (namespace && namespace !== NAMESPACE) return answerText(response, 400, `namespace must be: ${NAMESPACE}`);
  await answer(call, options);
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Another site's page can send forms and plain text without a preflight request, but not `application/json`. */
function isJson({ headers }: IncomingMessage): boolean {
  const type = headers['content-type'];
  return type === undefined || /^application\/json\s*(;|$)/i.test(type);
}

function list({ response }: SystemCall, options: SystemOptions): void {
  answerJson(
    response,
    options.registry.all().map((deployed) => status(deployed, options)),
  );
}

function describe(call: SystemCall, options: SystemOptions): void {
  const deployed = findDeployed(call, options);
  if (deployed) answerJson(call.response, status(deployed, options));
}

/** Finds the function in the path; answers 404 if there is none. */
function findDeployed({ path, response }: SystemCall, { registry }: SystemOptions): Deployed | undefined {
  const name = bareName(path.slice(path.indexOf('/', 1) + 1));
  const deployed = registry.get(name);
  if (!deployed) answerText(response, 404, `No function of that name is deployed on this gateway.`);
  return deployed;
}

/** A function in OpenFaaS's format; zero and empty values are omitted, as its own provider does. */
function status({ spec, upstream, createdAt }: Deployed, { invocations }: SystemOptions): object {
  const { replicas, available } = upstream.count();
  const filled = (value: object) => (Object.keys(value).length > 0 ? value : undefined);
  const count = invocations(spec.name);
  return {
    name: spec.name,
    image: spec.image,
    namespace: NAMESPACE,
    envProcess: spec.fprocess || undefined,
    envVars: filled(spec.environment),
    constraints: filled(spec.constraints),
    secrets: filled(spec.secrets),
    labels: filled(spec.labels),
    annotations: filled(spec.annotations),
    limits: filled(spec.limits),
    requests: filled(spec.requests),
    readOnlyRootFilesystem: spec.readOnlyRootFilesystem || undefined,
    invocationCount: count || undefined,
    replicas: replicas || undefined,
    availableReplicas: available || undefined,
    createdAt: createdAt.toISOString(),
  };
}

async function scale(call: SystemCall, options: SystemOptions): Promise<void> {
  const deployed = findDeployed(call, options);
  if (!deployed) return;
  const { replicas } = (await readJsonBody(call.request)) as { replicas?: unknown };
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    return answerText(call.response, 400, 'Give the number of replicas: {"serviceName": "…", "replicas": 1}.');
  }
  deployed.upstream.scale(replicas);
  answerText(call.response, 202, '');
}

function info({ response }: SystemCall, { version }: SystemOptions): void {
  answerJson(response, {
    provider: {
      provider: 'obscura-gateway',
      orchestration: 'processes',
      version: { commit_message: '', sha: '', release: version },
    },
    version: { commit_message: '', sha: '', release: version },
    arch: process.arch === 'x64' ? 'x86_64' : process.arch,
  });
}

function logs({ response, query }: SystemCall, { logBook, registry, stopping }: SystemOptions): void {
  const name = bareName(query.get('name') ?? '');
  const wanted = registry.get(name) ? readLogQuery(name, query) : undefined;
  if (wanted === undefined) answerText(response, 404, 'Name a function of this gateway: ?name=NAME.');
  else if (typeof wanted === 'string') answerText(response, 400, wanted);
  else sendLogs(response, wanted, { logBook, stopping, follow: ['true', '1'].includes(query.get('follow') ?? '') });
}
