import type { ServerResponse } from 'node:http';
import { answerJson, answerText } from '../http/answer.ts';
import { BadBody, readJsonBody } from '../http/json-body.ts';
import { NAMESPACE } from '../stack/names.ts';
import type { Answer, SystemCall } from './system-options.ts';

const ONE_STACK = `This gateway runs the functions of one stack file, in the one namespace ${NAMESPACE}.`;

export const describeNamespace: Answer = ({ path, response }) => {
  const name = inPath(path);
  if (name === '') answerText(response, 400, 'namespace not specified in URL');
  else if (name !== NAMESPACE) answerMissing(response, name);
  else answerJson(response, { name, labels: { openfaas: '1' } });
};

/** Answers errors in OpenFaaS's words; a valid request gets 501, because there is only one namespace. */
export const createNamespace: Answer = async (call) => {
  const name = await inBody(call);
  if (name === NAMESPACE) answerText(call.response, 409, `namespace ${name} already exists`);
  else answerText(call.response, 501, ONE_STACK);
};

/** Answers PUT and DELETE: the only namespace cannot be changed. */
export const changeNamespace: Answer = async (call) => {
  const name = await inBody(call);
  if (name === NAMESPACE) answerText(call.response, 501, ONE_STACK);
  else answerMissing(call.response, name);
};

const inPath = (path: string): string => path.slice(path.indexOf('/', 1) + 1);

function answerMissing(response: ServerResponse, name: string): void {
  answerText(response, 404, `namespace ${name} not found`);
}

/** Reads the namespace's name from the body. @throws BadBody */
async function inBody({ request, path }: SystemCall): Promise<string> {
  const { name, labels } = await readJsonBody(request);
  if (request.method !== 'POST') {
    if (inPath(path) === '') throw new BadBody('namespace not specified in URL');
    if (name !== inPath(path)) throw new BadBody('namespace in request body does not match namespace in URL');
  }
  if (typeof name !== 'string' || name === '') throw new BadBody('namespace not specified in request body');
  if ((labels as Record<string, unknown> | null | undefined)?.openfaas !== '1') {
    throw new BadBody('request does not have openfaas=1 label');
  }
  return name;
}
