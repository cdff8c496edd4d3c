import http from 'node:http';

/** One request of a load. */
export interface Sent {
  /** Path and query, such as `/function/rotate-fn?angle=90`. */
  path: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: Buffer;
}

export interface Answer {
  /** 0 without an answer; `failure` says why. */
  status: number;
  failure?: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** Longer than the gateway's own 60 s. */
const TIMEOUT_MS = 75_000;

/** An agent with keep-alive and no limit of connections. */
export function connections(): http.Agent {
  return new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 2_000 });
}

/** Sends one request and reads its whole answer; never rejects. */
export function send(
  base: string,
  { path, method = 'POST', headers = {}, body }: Sent,
  agent: http.Agent,
): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve({ status: 0, failure: error.code ?? error.message, headers: {}, body: Buffer.alloc(0) });
    const length = body ? { 'content-length': body.length } : {};
    const request = http.request(`${base}${path}`, {
      method,
      agent,
      headers: { ...headers, ...length },
      timeout: TIMEOUT_MS,
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('timeout', () => request.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
    request.on('error', failed);
    request.end(body);
  });
}
