import { connect } from 'node:net';
import { mutateText } from './mutate.ts';
import type { Random } from './random.ts';

/** Requests as they stand on the wire. */
const RAW = [
  'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'POST /function/echo-fn/x?y=1 HTTP/1.1\r\nHost: a\r\n' +
    'Content-Length: 5\r\nX-Call-Id: 1\r\nConnection: close\r\n\r\nhello',
  'POST /function/echo-fn HTTP/1.1\r\nHost: a\r\n' +
    'Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'POST /async-function/echo-fn HTTP/1.1\r\nHost: a\r\n' +
    'Content-Length: 2\r\nX-Callback-Url: nowhere\r\nConnection: close\r\n\r\nhi',
  'GET /system/functions HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46eA==\r\nConnection: close\r\n\r\n',
  'POST /?angle=90 HTTP/1.1\r\nHost: a\r\n' +
    'Content-Type: application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"image": "eA"}',
  'POST / HTTP/1.1\r\nHost: a\r\n' +
    'Content-Type: multipart/form-data; boundary=e\r\nContent-Length: 62\r\nConnection: close\r\n\r\n' +
    '--e\r\nContent-Disposition: form-data; name="angle"\r\n\r\n90\r\n--e--\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\nGIF',
];

export function rawRequest(random: Random): string {
  const other = random.oneIn(6) ? random.pick(RAW) : '';
  return mutateText(random, random.pick(RAW) + other, [
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Host: b\r\n',
    '\r\n',
  ]);
}

/** A server that has answered nothing for so long holds the connection. */
const PATIENCE_MS = 15_000;

/**
 * Sends bytes and says that there are no more.
 * @returns statuses of all answers that came, in order
 * @throws Error when what came is not HTTP, or the connection stays open
 */
export function statusesOf(port: number, bytes: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('the connection stays open')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      if (text !== '' && !/^HTTP\/1\.1 \d{3} /.test(text))
        reject(new Error(`no HTTP came back: ${text.slice(0, 200)}`));
      else resolve([...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status)));
    });
  });
}
