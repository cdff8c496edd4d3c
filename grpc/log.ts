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

export type Log = (level: 'info' | 'warn' | 'error', msg: string, fields?: LogFields) => void;

/** One JSON line an event, as the functions write them. @param write takes one line with its line break */
export function createLog(write: (line: string) => void): Log {
  return (level, msg, { error, ...fields } = {}) => {
    const about = error === undefined ? {} : { error: describe(error) };
    write(
      `${JSON.stringify({ time: new Date().toISOString(), level, component: 'grpc', msg, ...fields, ...about })}\n`,
    );
  };
}

const MAX_TEXT = 8_192;

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error).slice(0, MAX_TEXT);
  const { name, message, stack } = error;
  return { name, message: message.slice(0, MAX_TEXT), stack: stack?.slice(0, MAX_TEXT) };
}
