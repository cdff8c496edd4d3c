import * as z from 'zod';

/*
 * What a function answers to, as data: the router and the OpenAPI document are both made of it.
 */

export type Method = 'GET' | 'POST' | 'PUT';

/** How pictures come: as the body, as files of a form, as base64 in JSON, or by an address (`url`, `ref`). */
export interface PictureInput {
  /** How many at most; where there may be several, they come in the field `images`. */
  most: number;
  /** A request without a picture is fine. */
  optional?: true;
  /** A field in which another picture may come along. */
  second?: string | undefined;
  /** What else a body may bring, as keywords of JSON Schema. */
  besides?: { form?: object; json?: { properties: object } };
}

export interface Endpoint<Id extends string = string> {
  /** Unique among all functions: the name of the call in generated clients. */
  operationId: Id;
  /** `{id}` stands for one segment, `{path*}` for all that follows. */
  path: string;
  /** Other paths that mean the same. */
  aliases?: readonly string[];
  /** Where GET is possible, HEAD is, too. */
  methods: readonly Method[];
  summary: string;
  pictures?: PictureInput;
  /** By query, by the fields of a form or by the members of JSON. */
  options?: z.ZodObject;
  /** The good answer, by media type. */
  answer: Readonly<Record<string, z.ZodType>>;
  /** Its status, 200 unless given. */
  status?: number;
  /** Some options as they might be written. */
  example?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Served, but not part of what is promised. */
  hidden?: true;
}

/** A function as its callers know it. */
export interface FunctionContract {
  name: string;
  summary: string;
  endpoints: readonly Endpoint[];
}

/** Bytes of a picture in a form or as a body. */
export const PICTURE = z.any().meta({ type: 'string', format: 'binary' });

/** A picture as base64 in JSON. */
export const BASE64 = z.string().meta({ contentEncoding: 'base64' });

/** An answer of anything in JSON. */
export const JSON_OBJECT = z.looseObject({});
