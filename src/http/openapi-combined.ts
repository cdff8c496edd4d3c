import type { OpenApiDocument } from '#http/openapi';

/** What a gateway's document says of the whole. */
export interface CombinedInfo {
  title: string;
  summary: string;
  description: string;
  version: string;
  license: { name: string; identifier: string };
}

/** Keys that a function asks for where its operator set some; by default anybody may call. */
const SECURITY = {
  security: [{}, { bearer: [] }, { apiKey: [] }],
  schemes: {
    bearer: { type: 'http', scheme: 'bearer', description: 'The key of a caller, where functions ask for one.' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same key in a header of its own.' },
  },
};

/**
 * One OpenAPI document of several functions behind a gateway: their paths under `/function/NAME`, their tags.
 * @param documents each function's own, as `describe` makes it
 * @throws Error when two operations have one id
 */
export function combine(
  info: CombinedInfo,
  documents: readonly OpenApiDocument[],
): OpenApiDocument & Record<'servers' | 'security' | 'tags', unknown> {
  const paths: OpenApiDocument['paths'] = {};
  const ids = new Set<unknown>();
  const schemas = Object.assign({}, ...documents.map(({ components }) => components.schemas));
  for (const { info: about, paths: own } of documents) {
    for (const [path, item] of Object.entries(own)) {
      const tagged = Object.entries(item).map(([method, operation]) => {
        if (ids.has(operation.operationId)) throw new Error(`Two operations have the id ${operation.operationId}.`);
        ids.add(operation.operationId);
        return [method, { tags: [about.title], ...operation }];
      });
      paths[`/function/${about.title}${path.replace(/\/$/, '')}`] = Object.fromEntries(tagged);
    }
  }
  return {
    openapi: '3.1.0',
    info: { ...info },
    servers: [{ url: '/', description: 'The gateway that this document comes from' }],
    security: SECURITY.security,
    tags: documents.map(({ info: { title, summary } }) => ({ name: title, description: summary })),
    paths,
    // Problems are the same everywhere; a schema has one meaning under its name.
    components: { ...documents[0]?.components, schemas, securitySchemes: SECURITY.schemes },
  };
}
