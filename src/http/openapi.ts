import * as z from 'zod';
import { envText } from '#config/env';
import {
  BASE64,
  type Endpoint,
  type FunctionContract,
  type Method,
  PICTURE,
  type PictureInput,
} from '#contract/endpoint';
import { allowed, optionSchema } from '#contract/options';
import { problemReferences, problemResponses } from './openapi-problems.ts';

/** Any JSON value. */
type Json = Record<string, unknown>;

export interface OpenApiDocument {
  openapi: string;
  info: Json;
  externalDocs?: Json;
  security: Json[];
  tags: Json[];
  paths: Record<string, Record<string, Json>>;
  components: Json;
}

/** The page of the API behind any gateway; `docs_url` names a gateway's own. */
const DOCS = '/function/frontend-fn/docs';

const LICENCE = { name: 'MIT', identifier: 'MIT' };

/** Functions require a key if their operator configured some. */
const SECURITY = [{}, { bearer: [] }, { apiKey: [] }];
const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, if functions require one.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same key in a header of its own.' },
};

/** The description in each function's document. */
const ALL_FUNCTIONS =
  'A call to `/async-function/NAME` in place of `/function/NAME` goes into the queue and is answered with 202. ' +
  'Errors are problems (RFC 9457); their codes are explained in docs/errors.md.';

/** The address in examples, reserved by RFC 2606. */
const SOME_PICTURE = 'https://example.org/cat.jpg';

/** A function's OpenAPI 3.1 document. The server adds `servers`, since only a request shows the function's address. */
export function describe({ name, summary, endpoints }: FunctionContract): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const endpoint of endpoints.filter(({ hidden }) => !hidden)) {
    const item = paths[endpoint.path] ?? {};
    paths[endpoint.path] = item;
    for (const method of documented(endpoint))
      item[method.toLowerCase()] = { tags: [name], ...operation(endpoint, method) };
  }
  const schemas: Json = {};
  const components = { responses: problemResponses(), securitySchemes: SECURITY_SCHEMES };
  const shared = hoist({ paths, components }, schemas) as Pick<OpenApiDocument, 'paths' | 'components'>;
  return {
    openapi: '3.1.0',
    info: { title: name, summary, description: `${summary}. ${ALL_FUNCTIONS}`, version: '1', license: LICENCE },
    externalDocs: { description: 'All functions, to try', url: envText('docs_url', DOCS) },
    security: SECURITY,
    tags: [{ name, description: summary }],
    paths: shared.paths,
    components: { ...shared.components, schemas },
  };
}

/** Moves named schemas (`$defs`) to the components of the document. */
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

/** PUT does the same as POST, so it is not documented. */
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
    summary: twice ? `${summary} (picture by URL)` : summary,
    description: description(endpoint, method),
    parameters,
    ...(method !== 'GET' && (pictures || options) && { requestBody: requestBody(endpoint, properties) }),
    responses: responses(endpoint),
  };
}

/** Describes a call and its answer in sentences. */
function description({ summary, pictures, answer }: Endpoint, method: Method): string {
  const answers = `Answers with ${Object.keys(answer).join(' or ')}.`;
  if (!pictures) return `${summary}. ${answers}`;
  if (method === 'GET') return `${summary}. The picture is fetched from the address in \`url\`. ${answers}`;
  const { most, optional } = pictures;
  const several = most > 1 ? ` Several, at most ${most}, come as \`images\` of a form or of JSON.` : '';
  return (
    `${summary}. ${optional ? 'A picture may come' : 'The picture comes'} as the body, as \`image\` of a form, or ` +
    `in JSON: as base64 in \`image\`, or by its address in \`url\`.${several} Options come by query, ` +
    `by the fields of a form or by the members of JSON. ${answers}`
  );
}

/** JSON Schema of each option; our own keywords become part of the description. */
function optionSchemas(options: z.ZodObject | undefined): Record<string, Json> {
  if (!options) return {};
  return Object.fromEntries(
    Object.keys(options.shape).map((name) => {
      const schema = optionSchema(options, name);
      const description = schema.description ?? `${capital(allowed(options, name))}.`;
      return [name, { ...readable(schema), ...(!schema.description && { description }) }];
    }),
  );
}

/** Turns our own keywords into extensions and text. */
function readable({ allowed: rule, unit, ...schema }: Json): Json {
  const sentences = [sentence(schema), rule && `Allowed: ${rule}.`, unit && `In ${unit}.`].filter(Boolean);
  const anyOf = schema.anyOf as Json[] | undefined;
  return {
    ...schema,
    ...(anyOf && { anyOf: anyOf.map(readable) }),
    ...(sentences.length > 0 && { description: sentences.join(' ') }),
    ...(unit !== undefined && { 'x-unit': unit }),
  };
}

/** A description as a sentence; one that begins with a value of the option is not capitalised. */
function sentence({ description, enum: values }: Json): string | undefined {
  if (typeof description !== 'string') return undefined;
  const whole = description.replace(/[^.!?]$/, '$&.');
  const [first = ''] = whole.split(' ', 1);
  return Array.isArray(values) && values.includes(first) ? whole : capital(whole);
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function pathParameter(name: string): Json {
  const description = name === 'id' ? 'As the answer that made it says.' : `The ${name}.`;
  return { name, in: 'path', required: true, description, schema: { type: 'string' } };
}

/** Moves a parameter's description beside its schema, where tools look for it. */
function queryParameter(name: string, { description, ...schema }: Json, example: unknown): Json {
  return { name, in: 'query', description, schema, ...(example !== undefined && { example }) };
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
      // First the type that every generator can send; many use only the first.
      'multipart/form-data': {
        schema: { type: 'object', properties: form, ...(alone && { required: ['image'] }), ...besides?.form },
      },
      'image/*': { schema: schemaOf(PICTURE) },
      'application/octet-stream': { schema: schemaOf(PICTURE) },
      'application/json': {
        schema: { type: 'object', properties: { ...json, ...besides?.json?.properties } },
        example: { url: SOME_PICTURE, ...example },
      },
    },
  };
}

/** The fields for one picture or several. */
function pictureFields({ most, second }: PictureInput, kind: Json): Json {
  return {
    image: kind,
    ...(most > 1 && { images: { type: 'array', items: kind, maxItems: most } }),
    ...(second && { [second]: kind }),
  };
}

const ADDRESS = { type: 'string', format: 'uri', description: 'Where the picture is.' };
const REF = { type: 'string', description: 'A picture in the store, as a job names it.' };

/** The successful answer, and the problems by status. */
function responses({ answer, status = 200, summary }: Endpoint): Json {
  const content = Object.entries(answer).map(([type, schema]) => [type, { schema: schemaOf(schema) }]);
  return { [status]: { description: summary, content: Object.fromEntries(content) }, ...problemReferences() };
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
