import * as z from 'zod';

/*
 * The endpoints of a function as data; the router and the OpenAPI document are both made from it.
 */

export type Method = 'GET' | 'POST' | 'PUT';

/** Pictures in a request: as the body, as files in a form, as base64 in JSON, or by address (`url`, `ref`). */
export interface PictureInput {
  /** The maximum number; several are sent in the field `images`. */
  most: number;
  /** A request may have no picture. */
  optional?: true;
  /** A field for another picture. */
  second?: string | undefined;
  /** Other members of the body, as keywords of JSON Schema. */
  besides?: { form?: object; json?: { properties: object } };
}

export interface Endpoint<Id extends string = string> {
  /** The name of the call in generated clients; unique among all functions. */
  operationId: Id;
  /** `{id}` is one segment, `{path*}` all that follow. */
  path: string;
  /** Other paths for the same endpoint. */
  aliases?: readonly string[];
  /** GET implies HEAD. */
  methods: readonly Method[];
  summary: string;
  pictures?: PictureInput;
  /** In the query, as fields of a form or as members of JSON. */
  options?: z.ZodObject;
  /** The successful answer, by media type. */
  answer: Readonly<Record<string, z.ZodType>>;
  /** Its status (200). */
  status?: number;
  /** Example values of some options. */
  example?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Served, but not documented. */
  hidden?: true;
}

/** The public description of a function. */
export interface FunctionContract {
  name: string;
  summary: string;
  endpoints: readonly Endpoint[];
}

/** The bytes of a picture, in a form or as the body. */
export const PICTURE = z.any().meta({ type: 'string', format: 'binary' });

/** A picture as base64 in JSON. */
export const BASE64 = z.string().meta({ contentEncoding: 'base64' });

/** Any JSON object. */
export const JSON_OBJECT = z.looseObject({});
