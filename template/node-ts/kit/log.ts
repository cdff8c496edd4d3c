export type LogLevel = 'info' | 'warn' | 'error';

const MAX_TEXT = 8192;

/** A log line: JSON with time and level, and a line break. */
export function jsonLine(level: string, fields: object): string {
  return `${JSON.stringify({ time: new Date().toISOString(), level, ...fields })}\n`;
}

/** An error with its causes, for the log only. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) {
    if (typeof error !== 'object' || error === null) return String(error).slice(0, MAX_TEXT);
    return 'message' in error ? String(error.message) : 'an object that is not an error was thrown';
  }
  return {
    name: error.name,
    message: error.message.slice(0, MAX_TEXT),
    stack: error.stack?.slice(0, MAX_TEXT),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
