import { describeError, jsonLine, type LogLevel } from '#kit/log';

/** Fields of a log line: never metadata or messages, since both contain secrets. */
export interface LogFields {
  callId?: string;
  method?: string;
  code?: string;
  ms?: number;
  peer?: string;
  address?: string;
  error?: unknown;
}

export type Log = (level: LogLevel, msg: string, fields?: LogFields) => void;

/** Logs one JSON line per event, as functions do. @param write gets one line with its line break */
export function createLog(write: (line: string) => void): Log {
  return (level, msg, { error, ...fields } = {}) => {
    const about = error === undefined ? {} : { error: describeError(error) };
    write(jsonLine(level, { component: 'grpc', msg, ...fields, ...about }));
  };
}
