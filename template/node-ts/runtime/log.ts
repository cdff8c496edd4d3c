import { describeError, jsonLine, type LogLevel } from '#kit/log';

/* One line of JSON for each event on stdout, for `faas-cli logs` and log collectors. */

/** Without query string and headers, which may contain secrets. */
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

export type Log = (level: LogLevel, msg: string, fields?: LogFields) => void;

const MAX_PATH = 256;
/** @param write gets a line with its line break */
export function createLog(
  functionName: string,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Log {
  return (level, msg, { error, ...fields } = {}) => {
    if (fields.path !== undefined) fields.path = fields.path.slice(0, MAX_PATH);
    const about = error === undefined ? {} : { error: describeError(error) };
    write(jsonLine(level, { function: functionName, msg, ...fields, ...about }));
  };
}
