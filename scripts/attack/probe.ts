import { request } from 'node:http';

/** A system that runs on this machine, to be attacked. */
export interface Target {
  /** The gateway, on loopback. */
  url: string;
  /** `Authorization` of its operator, as a browser would add it by itself. */
  authorization: string;
  /** The gateway's process, where it runs on this machine. */
  pid?: number | undefined;
}

/** One attack: what must be answered to it. */
export interface Probe {
  name: string;
  expected: string;
  /** @returns what was got, which is held against `expected` */
  run(target: Target): Promise<string>;
}

/** Probes of one kind, and the settings of the system that they attack. */
export interface Family {
  probes: Probe[];
  env?: Record<string, string>;
}

export interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Milliseconds that an answer has. */
const PATIENCE_MS = 20_000;

/** Sends one request, any headers as they are. @returns its status, or what became of it */
export function statusOf(
  { url }: Target,
  { method = 'GET', path, headers = {}, body }: Sent,
  signal = AbortSignal.timeout(PATIENCE_MS),
): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(new URL(url), { method, path, headers, agent: false, signal }, (answer) => {
      answer.resume();
      answer.on('error', (error) => resolve(error.message));
      answer.on('end', () => resolve(String(answer.statusCode)));
    });
    sent.on('error', (error) => resolve(error.message));
    sent.end(body);
  });
}
