import { jsonLine } from '#kit/log';

/** Where the gateway says what happens: one readable line each, for a terminal or a file. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** A line that a function wrote. */
  output(name: string, text: string): void;
}

const COLOURS = { grey: 90, yellow: 33, red: 31, cyan: 36 } as const;

/** @param write takes whole lines without their line break */
export function createLog(write: (line: string) => void, options: { colour: boolean }): Log {
  const paint = (colour: keyof typeof COLOURS, text: string) =>
    options.colour ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  const say = (who: string, text: string) => {
    const time = new Date().toTimeString().slice(0, 8);
    for (const line of text.split('\n')) write(`${paint('grey', time)} ${who} ${line}`);
  };
  const gateway = 'gateway     ';
  return {
    info: (text) => say(paint('grey', gateway), text),
    warn: (text) => say(paint('yellow', gateway), text),
    error: (text) => say(paint('red', gateway), text),
    output: (name, text) => say(paint('cyan', name.padEnd(gateway.length)), readable(text)),
  };
}

/**
 * The same as objects, one a line, for machines. A function's own JSON line is kept whole, as `line`.
 * @param write takes whole lines without their line break
 */
export function createJsonLog(write: (line: string) => void): Log {
  const say = (level: string, source: string, rest: object) => write(jsonLine(level, { source, ...rest }).trimEnd());
  return {
    info: (msg) => say('info', 'gateway', { msg }),
    warn: (msg) => say('warn', 'gateway', { msg }),
    error: (msg) => say('error', 'gateway', { msg }),
    output: (name, text) => {
      const line = objectOf(text);
      const level = typeof line?.level === 'string' ? line.level : 'info';
      say(level, name, line ? { msg: line.msg, line } : { msg: text });
    },
  };
}

function objectOf(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A function's JSON log line as words: its message, then what else it says; any other line as it is, made harmless. */
export function readable(text: string): string {
  if (text.startsWith('{')) {
    try {
      const {
        time: _time,
        function: _function,
        msg,
        level,
        error,
        ...rest
      } = JSON.parse(text) as Record<string, unknown>;
      if (typeof msg === 'string') {
        const prefix = level === undefined || level === 'info' ? '' : `${String(level)}: `;
        const fields = Object.entries(rest).map(
          ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
        );
        return harmless([`${prefix}${msg}`, ...fields].join(' ')) + errorText(error);
      }
    } catch {
      // Not JSON after all.
    }
  }
  return harmless(text);
}

function errorText(error: unknown): string {
  if (error === undefined) return '';
  const { stack, message } = (error ?? {}) as { stack?: unknown; message?: unknown };
  const text = typeof stack === 'string' ? stack : typeof message === 'string' ? message : JSON.stringify(error);
  return `\n${text.split('\n').map(harmless).join('\n')}`;
}

/** Control characters (a caller's text may hold some) never reach the operator's terminal. */
function harmless(text: string): string {
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '·');
}
