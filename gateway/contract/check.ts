import { type IncomingHttpHeaders, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Request, Row, Shape } from './row.ts';

/** A gateway under test: the embedded one, or OpenFaaS itself. */
export interface Subject {
  url: string;
  user: string;
  password: string;
  /** A deployed function of this repository that takes a picture and answers with one. */
  fn: string;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends a row's request. @returns how the answer differs from the row, in words; empty if it does not */
export async function check(row: Row, subject: Subject): Promise<string[]> {
  for (const first of row.before ?? []) await send({ ...first, as: 'operator' }, subject);
  const answer = await send(row, subject);
  for (const last of row.after ?? []) await send({ ...last, as: 'operator' }, subject);
  const found: string[] = [];
  if (!row.status.includes(answer.status)) {
    found.push(`status is ${answer.status}, not ${row.status.join(' or ')}: ${answer.text.slice(0, 200)}`);
  }
  for (const [name, wanted] of Object.entries(row.answerHeaders ?? {})) {
    const value = answer.headers[name];
    if (wanted === null ? value !== undefined : !wanted.test(String(value ?? ''))) {
      found.push(`${name} is ${JSON.stringify(value)}, not ${wanted === null ? 'absent' : wanted}`);
    }
  }
  if (row.text && !row.text.test(answer.text)) found.push(`body is ${JSON.stringify(answer.text.slice(0, 200))}`);
  if (row.json) found.push(...misfits(parse(answer.text), row.json, 'body'));
  return found;
}

function send(row: Request & Pick<Row, 'as' | 'headers'>, { url, user, password, fn }: Subject): Promise<Answer> {
  const hex = fn.charCodeAt(0).toString(16);
  const fill = (text: string) => text.replaceAll('{fn}', fn).replaceAll('{encoded}', `%${hex}${fn.slice(1)}`);
  const { body } = row;
  const bytes =
    body === undefined || Buffer.isBuffer(body) ? body : fill(typeof body === 'string' ? body : JSON.stringify(body));
  const pass = { operator: password, stranger: 'not the password' };
  const credentials = row.as && `Basic ${Buffer.from(`${user}:${pass[row.as]}`).toString('base64')}`;
  const headers = {
    ...(bytes === undefined ? {} : { 'content-length': Buffer.byteLength(bytes) }),
    ...(credentials ? { authorization: credentials } : {}),
    ...row.headers,
  };
  const open = url.startsWith('https:') ? secureRequest : request;
  return new Promise((resolve, reject) => {
    const sent = open(url, { method: row.method, path: fill(row.path), headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk as Buffer);
      } catch (error) {
        reject(error);
        return;
      }
      const text = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function misfits(value: unknown, shape: Shape, where: string): string[] {
  if (typeof shape === 'string') return isOf(value, shape) ? [] : [`${where} is no ${shape}: ${JSON.stringify(value)}`];
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${where} is no list`];
    return value.flatMap((item, index) => misfits(item, shape[0], `${where}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [`${where} is no object`];
  const fields = value as Record<string, unknown>;
  return Object.entries(shape).flatMap(([key, inner]) => {
    const name = key.replace(/\?$/, '');
    if (name !== key && (fields[name] === undefined || fields[name] === null)) return [];
    return misfits(fields[name], inner, `${where}.${name}`);
  });
}

function isOf(value: unknown, kind: 'text' | 'number' | 'date' | 'texts'): boolean {
  switch (kind) {
    case 'number':
      return typeof value === 'number';
    case 'date':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    case 'texts':
      return (
        typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string')
      );
    default:
      return typeof value === 'string';
  }
}
