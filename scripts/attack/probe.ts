import { request } from 'node:http';

/** A system that runs on this machine, to be attacked. */
export interface Target {
  /** The gateway, on loopback. */
  url: string;
  /** The operator's `Authorization`, as a browser would add it. */
  authorization: string;
  /** The gateway's process, if it runs on this machine. */
  pid?: number | undefined;
}

/** One attack, and the answer that it must get. */
export interface Probe {
  name: string;
  expected: string;
  /** @returns the result, to compare with `expected` */
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

/** Time limit of an answer, ms. */
const PATIENCE_MS = 20_000;

/** Sends one request with unchanged headers. @returns its status, or its failure */
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
