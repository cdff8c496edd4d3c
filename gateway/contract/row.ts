/**
 * What a value in a JSON answer must look like: a kind, a list of one kind of thing, or an object by its fields. A
 * field whose name ends with `?` may be missing, as Go omits empty values.
 */
export type Shape = 'text' | 'number' | 'date' | 'texts' | readonly [Shape] | { readonly [field: string]: Shape };

/** Providers of OpenFaaS's gateway. */
export type Provider = 'faas-netes' | 'faasd';

/** One row of the contract of the gateway's public API: a request and the expected answer. */
export interface Row {
  /** In the words of the reference. */
  promise: string;
  /**
   * The only real provider behind OpenFaaS's gateway that was seen to answer so, or was read to;
   * without it, all of them.
   */
  only?: Provider;
  /** Sent first by the operator, to set up what the row's request needs. */
  before?: readonly Request[];
  /** Sent afterwards by the operator, to clean up. */
  after?: readonly Request[];
  method: string;
  /**
   * `{fn}` stands for the deployed function, one of this repository's that take a picture;
   * `{encoded}` for its name with the first letter percent-encoded.
   */
  path: string;
  /** Whose credentials are sent. */
  as?: 'operator' | 'stranger';
  headers?: Record<string, string>;
  body?: string | Buffer | object;
  /** Any of these. */
  status: readonly number[];
  /** A pattern for each; null for a header that must be absent. */
  answerHeaders?: Record<string, RegExp | null>;
  /** The whole body. */
  text?: RegExp;
  json?: Shape;
}

/** A request whose answer is not checked. */
export type Request = Pick<Row, 'method' | 'path' | 'body'>;

/** A request that the embedded gateway answers differently from OpenFaaS's on purpose. */
export interface Difference extends Omit<Row, 'promise' | 'status' | 'only'> {
  /** The case, in words. */
  what: string;
  /** What OpenFaaS's gateway answers: whatever is behind it, or by provider where they differ or only one was tried. */
  there: number | Partial<Record<Provider, number>>;
  /** What the embedded gateway answers. */
  here: number;
  why: string;
}
