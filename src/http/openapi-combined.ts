import type { OpenApiDocument } from '#http/openapi';

/** The `info` of the combined document. */
export interface CombinedInfo {
  title: string;
  summary: string;
  description: string;
  version: string;
  license: { name: string; identifier: string };
}

/**
 * Combines the OpenAPI documents of functions behind a gateway: their paths below `/function/NAME`, and their tags. The
 * server that sends it adds its own address as `servers` ({@link withServer}).
 * @param documents each function's own, as `describe` makes it
 * @throws Error if two operations have the same id
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
    // Schemas of one name are equal in all functions.
    components: { ...documents[0]?.components, schemas },
  };
}

/** Adds the address of the request as `servers`, so that generated clients know where to send calls. */
export function withServer<T extends object>(document: T, origin: string): T & { servers: { url: string }[] } {
  return { ...document, servers: [{ url: origin || '/' }] };
}
