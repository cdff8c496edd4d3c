/**
 * What a value in a JSON answer must look like: a kind, a list of one kind of thing, or an object by its fields. A
 * field whose name ends with `?` may be missing, as Go leaves out what is empty.
 */
export type Shape = 'text' | 'number' | 'date' | 'texts' | readonly [Shape] | { readonly [field: string]: Shape };

/** What may stand behind OpenFaaS's gateway. */
export type Provider = 'faas-netes' | 'faasd';

/** One promise of the gateway's public API: a request and what must come back. */
export interface Row {
  /** In the words of the reference. */
  promise: string;
  /**
   * The only real provider behind OpenFaaS's gateway that was seen to answer so, or was read to;
   * without it, all of them.
   */
  only?: Provider;
  /** Sent first by the operator: what the row's request finds there. */
  before?: readonly Request[];
  /** Sent afterwards by the operator, so that the gateway is as it was. */
  after?: readonly Request[];
  method: string;
  /**
   * `{fn}` stands for the function that the gateway under test has: one of this repository's that take a picture;
   * `{encoded}` for its name with the first letter percent-encoded.
   */
  path: string;
  /** Whose credentials go along. */
  as?: 'operator' | 'stranger';
  headers?: Record<string, string>;
  body?: string | Buffer | object;
  /** Any of these. */
  status: readonly number[];
  /** A pattern each; null for a header that must not be there. */
  answerHeaders?: Record<string, RegExp | null>;
  /** The whole body. */
  text?: RegExp;
  json?: Shape;
}

/** A request whose answer nobody looks at. */
export type Request = Pick<Row, 'method' | 'path' | 'body'>;

/** A request that the embedded gateway answers otherwise than OpenFaaS's on purpose. */
export interface Difference extends Omit<Row, 'promise' | 'status' | 'only'> {
  /** The case, in words. */
  what: string;
  /** What OpenFaaS's gateway answers: whatever is behind it, or by provider where they differ or only one was tried. */
  there: number | Partial<Record<Provider, number>>;
  /** What the embedded gateway answers. */
  here: number;
  why: string;
}
