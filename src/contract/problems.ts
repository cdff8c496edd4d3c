/**
 * All errors of functions in one table (docs/errors.md explains each; a test keeps the two equal).
 * The runtime turns a thrown object with a numeric `status` and a string `code` into an
 * `application/problem+json` body (RFC 9457); anything else becomes `internal`.
 */
export const PROBLEMS = {
  'option-unknown': { status: 400, title: 'Unknown option' },
  'option-invalid': { status: 400, title: 'Invalid option' },
  'source-missing': { status: 400, title: 'No picture' },
  'source-ambiguous': { status: 400, title: 'More than one picture source' },
  'json-invalid': { status: 400, title: 'Invalid JSON' },
  'multipart-invalid': { status: 400, title: 'Invalid multipart body' },
  'encoding-invalid': { status: 400, title: 'Invalid content encoding' },
  unauthorized: { status: 401, title: 'Not authorised' },
  'address-refused': { status: 403, title: 'Address refused' },
  'signature-invalid': { status: 403, title: 'Invalid signature' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  expired: { status: 410, title: 'Expired' },
  'body-too-large': { status: 413, title: 'Body too large' },
  'too-many-pixels': { status: 413, title: 'Too many pixels' },
  'not-a-picture': { status: 415, title: 'Not a picture' },
  'format-unsupported': { status: 415, title: 'Picture format not supported' },
  'encoding-unsupported': { status: 415, title: 'Content encoding not supported' },
  'picture-damaged': { status: 422, title: 'Damaged picture' },
  busy: { status: 429, title: 'Busy' },
  internal: { status: 500, title: 'Internal error' },
  'source-failed': { status: 502, title: 'Source failed' },
  'function-failed': { status: 502, title: 'Function failed' },
  'model-missing': { status: 503, title: 'Model missing' },
  'store-unavailable': { status: 503, title: 'Store unavailable' },
  'store-full': { status: 507, title: 'Store full' },
  'timed-out': { status: 504, title: 'Timed out' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemExtras {
  /** Additional members of the body, such as `option` and `allowed`. Never paths or stack traces. */
  members?: Record<string, unknown>;
  /** Headers of the answer, such as `Retry-After`. */
  headers?: Record<string, string>;
  /** For the log only. */
  cause?: unknown;
}

/**
 * An error that the caller gets as a problem document.
 * @param detail a sentence that says what to do
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly members: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail, 'cause' in extras ? { cause: extras.cause } : undefined);
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.title = PROBLEMS[code].title;
    this.members = extras.members ?? {};
    this.headers = extras.headers ?? {};
  }
}
