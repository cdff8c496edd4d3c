import { describeError, jsonLine, type LogLevel } from '#kit/log';

/** What a line may say: never metadata, never a message, for both carry secrets. */
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

/** One JSON line an event, as the functions write them. @param write takes one line with its line break */
export function createLog(write: (line: string) => void): Log {
  return (level, msg, { error, ...fields } = {}) => {
    const about = error === undefined ? {} : { error: describeError(error) };
    write(jsonLine(level, { component: 'grpc', msg, ...fields, ...about }));
  };
}
