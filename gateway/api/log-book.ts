import { NAMESPACE } from '../stack/names.ts';

/** One line of a function's output, with the names of OpenFaaS's log API. */
export interface LogLine {
  name: string;
  namespace: string;
  /** The replica that wrote it. */
  instance: string;
  timestamp: string;
  text: string;
}

export interface LogQuery {
  name: string;
  instance?: string;
  /** Only lines since then, in milliseconds since 1970. */
  since?: number;
  /** Only this many, the newest. */
  tail?: number;
}

const MAX_LINES = 1000;
const MAX_CHARACTERS = 1024 * 1024;

interface LogBuffer {
  lines: LogLine[];
  characters: number;
}

/** Keeps the newest lines of each function, limited in number and size; new ones can be followed. */
export class LogBook {
  private readonly buffers = new Map<string, LogBuffer>();
  private readonly followers = new Set<(line: LogLine) => void>();

  append(name: string, instance: string, text: string): void {
    const line = { name, namespace: NAMESPACE, instance, timestamp: new Date().toISOString(), text };
    const buffer = this.buffers.get(name) ?? { lines: [], characters: 0 };
    this.buffers.set(name, buffer);
    buffer.lines.push(line);
    buffer.characters += text.length;
    while (buffer.lines.length > MAX_LINES || buffer.characters > MAX_CHARACTERS) {
      buffer.characters -= buffer.lines.shift()?.text.length ?? 0;
    }
    for (const follower of this.followers) follower(line);
  }

  read(query: LogQuery): LogLine[] {
    const lines = (this.buffers.get(query.name)?.lines ?? []).filter((line) => matches(line, query));
    return query.tail === undefined || query.tail <= 0 ? lines : lines.slice(-query.tail);
  }

  /** Calls back with each new line that matches the query. @returns a function that stops it */
  follow(query: LogQuery, onLine: (line: LogLine) => void): () => void {
    const follower = (line: LogLine) => {
      if (line.name === query.name && matches(line, query)) onLine(line);
    };
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

function matches(line: LogLine, query: LogQuery): boolean {
  if (query.instance !== undefined && line.instance !== query.instance) return false;
  return query.since === undefined || Date.parse(line.timestamp) >= query.since;
}
