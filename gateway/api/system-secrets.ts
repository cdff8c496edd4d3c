import { answerJson, answerText } from '../http/answer.ts';
import { BadBody, readJsonBody } from '../http/json-body.ts';
import { NAMESPACE } from '../stack/names.ts';
import { isSecretName, MAX_SECRET_BYTES } from './secrets.ts';
import type { Answer } from './system-options.ts';

export const listSecrets: Answer = async ({ response }, { secrets }) => {
  const names = await secrets.names();
  answerJson(
    response,
    names.map((name) => ({ name, namespace: NAMESPACE })),
  );
};

export const createSecret: Answer = async ({ request, response }, { secrets }) => {
  const body = await readJsonBody(request, 2 * MAX_SECRET_BYTES);
  const name = nameOf(body);
  if (await secrets.create(name, bytesOf(body))) answerText(response, 202, '');
  else answerText(response, 409, `The secret ${name} already exists; update it instead.`);
};

export const updateSecret: Answer = async ({ request, response }, { secrets }) => {
  const body = await readJsonBody(request, 2 * MAX_SECRET_BYTES);
  const name = nameOf(body);
  if (await secrets.update(name, bytesOf(body))) answerText(response, 202, '');
  else answerText(response, 404, `There is no secret ${name}.`);
};

export const removeSecret: Answer = async ({ request, response }, { secrets }) => {
  const name = nameOf(await readJsonBody(request));
  if (await secrets.remove(name)) answerText(response, 202, '');
  else answerText(response, 404, `There is no secret ${name}.`);
};

function nameOf({ name, namespace }: Record<string, unknown>): string {
  if (namespace !== undefined && namespace !== '' && namespace !== NAMESPACE) {
    throw new BadBody(`namespace must be: ${NAMESPACE}`);
  }
  if (typeof name === 'string' && isSecretName(name)) return name;
  throw new BadBody('name must be valid for a secret: a-z, 0-9, - and ., with a letter or digit at both ends.');
}

/** `rawValue` is base64 and may be any bytes; `value` is text. */
function bytesOf({ value, rawValue }: Record<string, unknown>): Buffer {
  const bytes =
    typeof rawValue === 'string' && rawValue !== ''
      ? Buffer.from(rawValue, 'base64')
      : typeof value === 'string'
        ? Buffer.from(value, 'utf8')
        : undefined;
  if (!bytes || bytes.length === 0) throw new BadBody('Send the secret as value (text) or rawValue (base64).');
  if (bytes.length > MAX_SECRET_BYTES) throw new BadBody('A secret may have at most 1 MiB.');
  return bytes;
}
