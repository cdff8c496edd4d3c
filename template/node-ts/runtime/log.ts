/** One JSON line an event on stdout: what the watchdog and `faas-cli logs` pass on, and what collectors read. */
export type Level = 'info' | 'warn' | 'error';

/** Never a query string, never headers: both carry secrets. */
export interface LogFields {
  callId?: string;
  method?: string;
  path?: string;
  status?: number;
  code?: string;
  ms?: number;
  bytes?: number;
  port?: number;
  error?: unknown;
}

export type Log = (level: Level, msg: string, fields?: LogFields) => void;

const MAX_PATH = 256;
const MAX_ERROR_TEXT = 8192;

/** An error as the log shows it; the caller of the function never sees any of this. */
function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) {
    if (typeof error !== 'object' || error === null) return String(error);
    return 'message' in error ? String(error.message) : 'an object that is not an error was thrown';
  }
  return {
    name: error.name,
    message: error.message.slice(0, MAX_ERROR_TEXT),
    stack: error.stack?.slice(0, MAX_ERROR_TEXT),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.cause !== undefined && depth < 3 ? { cause: describe(error.cause, depth + 1) } : {}),
  };
}

/** @param write takes one line with its line break */
export function createLog(
  functionName: string,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Log {
  return (level, msg, { error, ...fields } = {}) => {
    if (fields.path !== undefined) fields.path = fields.path.slice(0, MAX_PATH);
    const about = error === undefined ? {} : { error: describe(error) };
    const line = { time: new Date().toISOString(), level, function: functionName, msg, ...fields, ...about };
    write(`${JSON.stringify(line)}\n`);
  };
}
