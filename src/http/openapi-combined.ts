import type { OpenApiDocument } from '#http/openapi';

/** What a gateway's document says of the whole. */
export interface CombinedInfo {
  title: string;
  summary: string;
  description: string;
  version: string;
  license: { name: string; identifier: string };
}

/**
 * One OpenAPI document of several functions behind a gateway: their paths under `/function/NAME`, their tags. Whoever
 * serves it adds `servers`: the gateway's own address, as {@link withServer} does.
 * @param documents each function's own, as `describe` makes it
 * @throws Error when two operations have one id
 */
export function combine(info: CombinedInfo, documents: readonly OpenApiDocument[]): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  const ids = new Set<unknown>();
  const schemas = Object.assign({}, ...documents.map(({ components }) => components.schemas));
  for (const { info: about, paths: own } of documents) {
    for (const [path, item] of Object.entries(own)) {
      for (const { operationId } of Object.values(item)) {
        if (ids.has(operationId)) throw new Error(`Two operations have the id ${operationId}.`);
        ids.add(operationId);
      }
      paths[`/function/${about.title}${path.replace(/\/$/, '')}`] = item;
    }
  }
  return {
    openapi: '3.1.0',
    info: { ...info },
    security: documents[0]?.security ?? [],
    tags: documents.flatMap(({ tags }) => tags),
    paths,
    // Problems are the same everywhere; a schema has one meaning under its name.
    components: { ...documents[0]?.components, schemas },
  };
}

/** A document with the address that it was asked at, so that what is made of it knows where to send its calls. */
export function withServer<T extends object>(document: T, origin: string): T & { servers: { url: string }[] } {
  return { ...document, servers: [{ url: origin || '/' }] };
}
