import * as z from 'zod';
import { problemData } from '#contract/answers';
import {
  BASE64,
  type Endpoint,
  type FunctionContract,
  type Method,
  PICTURE,
  type PictureInput,
} from '#contract/endpoint';
import { optionSchema } from '#contract/options';
import { PROBLEMS } from '#contract/problems';

/** Data as JSON has it, down to the document's leaves. */
type Json = Record<string, unknown>;

export interface OpenApiDocument {
  openapi: string;
  info: Json;
  paths: Record<string, Record<string, Json>>;
  components: Json;
}

/** An address in examples; RFC 2606 keeps the name free. */
const SOME_PICTURE = 'https://example.org/cat.jpg';

/** OpenAPI 3.1 of a function. */
export function describe({ name, summary, endpoints }: FunctionContract): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const endpoint of endpoints.filter(({ hidden }) => !hidden)) {
    const item = paths[endpoint.path] ?? {};
    paths[endpoint.path] = item;
    for (const method of documented(endpoint)) item[method.toLowerCase()] = operation(endpoint, method);
  }
  const schemas: Json = {};
  const shared = hoist({ paths, components: components() }, schemas) as Pick<OpenApiDocument, 'paths' | 'components'>;
  return {
    openapi: '3.1.0',
    info: { title: name, summary, version: '1' },
    paths: shared.paths,
    components: { ...shared.components, schemas },
  };
}

/** Moves schemas that have a name (`$defs`) to where the whole document finds them. */
function hoist(value: unknown, schemas: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const { $defs = {}, ...rest } = value as Json & { $defs?: Json };
  for (const [name, schema] of Object.entries($defs)) schemas[name] = hoist(schema, schemas);
  return Object.fromEntries(
    Object.entries(rest).map(([key, item]) => {
      const named = key === '$ref' && typeof item === 'string';
      return [key, named ? item.replace('#/$defs/', '#/components/schemas/') : hoist(item, schemas)];
    }),
  );
}

/** PUT means what POST does; one of them is enough for a client. */
function documented({ methods }: Endpoint): Method[] {
  return methods.filter((method) => method !== 'PUT' || !methods.includes('POST'));
}

function operation(endpoint: Endpoint, method: Method): Json {
  const { operationId, path, summary, pictures, options, example = {} } = endpoint;
  const twice = method === 'GET' && endpoint.methods.includes('POST');
  const properties = optionSchemas(options);
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => pathParameter(String(name))),
    ...(method === 'GET' && pictures ? [queryParameter('url', ADDRESS, SOME_PICTURE)] : []),
    ...Object.entries(properties).map(([name, schema]) => queryParameter(name, schema, example[name])),
  ];
  return {
    operationId: twice ? `${operationId}FromUrl` : operationId,
    summary: twice ? `${summary}, of a picture by its address` : summary,
    parameters,
    ...(method !== 'GET' && (pictures || options) && { requestBody: requestBody(endpoint, properties) }),
    responses: responses(endpoint),
  };
}

/** JSON Schema of each option; what only we read of it goes where everybody reads it. */
function optionSchemas(options: z.ZodObject | undefined): Record<string, Json> {
  const names = Object.keys(options?.shape ?? {});
  return Object.fromEntries(names.map((name) => [name, readable(optionSchema(options as z.ZodObject, name))]));
}

function readable({ allowed, unit, ...schema }: Json): Json {
  const told = [schema.description, allowed && `Allowed: ${allowed}.`, unit && `In ${unit}.`].filter(Boolean);
  const anyOf = schema.anyOf as Json[] | undefined;
  return {
    ...schema,
    ...(anyOf && { anyOf: anyOf.map(readable) }),
    ...(told.length > 0 && { description: told.join(' ') }),
  };
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function queryParameter(name: string, schema: Json, example: unknown): Json {
  return { name, in: 'query', schema, ...(example !== undefined && { example }) };
}

function requestBody({ pictures, example = {} }: Endpoint, options: Record<string, Json>): Json {
  if (!pictures) {
    return { content: { 'application/json': { schema: { type: 'object', properties: options }, example } } };
  }
  const { most, optional, besides } = pictures;
  const alone = most === 1 && !optional;
  const form = { ...pictureFields(pictures, schemaOf(PICTURE)), ...options };
  const json = { ...pictureFields(pictures, schemaOf(BASE64)), url: ADDRESS, ref: REF, ...options };
  return {
    ...(alone && { required: true }),
    content: {
      'image/*': { schema: schemaOf(PICTURE) },
      'application/octet-stream': { schema: schemaOf(PICTURE) },
      'multipart/form-data': {
        schema: { type: 'object', properties: form, ...(alone && { required: ['image'] }), ...besides?.form },
      },
      'application/json': {
        schema: { type: 'object', properties: { ...json, ...besides?.json?.properties } },
        example: { url: SOME_PICTURE, ...example },
      },
    },
  };
}

/** The fields that take a picture, or several. */
function pictureFields({ most, second }: PictureInput, kind: Json): Json {
  return {
    image: kind,
    ...(most > 1 && { images: { type: 'array', items: kind, maxItems: most } }),
    ...(second && { [second]: kind }),
  };
}

const ADDRESS = { type: 'string', format: 'uri', description: 'Where the picture is.' };
const REF = { type: 'string', description: 'A picture in the store, as a job names it.' };

/** The good answer, and the problems by status. */
function responses({ answer, status = 200 }: Endpoint): Json {
  const content = Object.entries(answer).map(([type, schema]) => [type, { schema: schemaOf(schema) }]);
  const problems = [...problemsByStatus().keys()].map((code) => [code, { $ref: `#/components/responses/${code}` }]);
  return {
    [status]: { description: 'Done', content: Object.fromEntries(content) },
    ...Object.fromEntries(problems),
  };
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

/** What every document has: the problems, and the key that some operators ask for. */
function components(): Json {
  const problems = [...problemsByStatus()].map(([status, codes]) => [status, problemResponse(codes)]);
  return { responses: Object.fromEntries(problems) };
}

function problemResponse(codes: string[]): Json {
  const [code = ''] = codes;
  const { status, title } = PROBLEMS[code as keyof typeof PROBLEMS];
  const example = { code, status, title, detail: 'What to do about it, in a sentence.' };
  const schema = schemaOf(problemData);
  return { description: codes.join(', '), content: { 'application/problem+json': { schema, example } } };
}

function problemsByStatus(): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [code, { status }] of Object.entries(PROBLEMS)) {
    all.set(String(status), [...(all.get(String(status)) ?? []), code]);
  }
  return all;
}
