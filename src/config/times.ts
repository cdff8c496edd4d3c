/**
 * Time limits in milliseconds; each is shorter than the next (docs/running.md has a table). The function's
 * `exec_timeout` (30 s) is in stack.yml, the gateway's 60/65 s in its configuration.
 */
export const TIMES = {
  /** Fetching a picture by URL. */
  source: 8_000,
  /** Reading a picture's header. */
  header: 5_000,
  /** One picture's work inside a function. */
  work: 20_000,
  /** One call of another function: its `exec_timeout` and a margin. */
  call: 32_000,
  /** A pipeline as a whole. */
  pipeline: 55_000,
} as const;
