/**
 * How long things may take, in milliseconds; each fits into the next (docs/running.md explains the table).
 * The function's own `exec_timeout` (30 s) stands in stack.yml, the gateway's 60/65 s in its configuration.
 */
export const TIMES = {
  /** Fetching a picture by URL. */
  source: 8_000,
  /** Reading a picture's header. */
  header: 5_000,
  /** One picture's work inside a function. */
  work: 20_000,
  /** One call of a sibling function: its `exec_timeout` and a little for the way. */
  call: 32_000,
  /** A pipeline as a whole. */
  pipeline: 55_000,
} as const;
