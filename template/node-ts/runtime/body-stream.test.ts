import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { discardRest } from './body-stream.ts';

/** Bodies that never end are sent to a server that has answered and lets go of the rest. */
describe('discardRest', () => {
  const server = createServer((req, res) => {
    res.end('x');
    discardRest(req, req.url === '/bytes' ? { bytes: 100_000, ms: 60_000 } : { bytes: 1e9, ms: 150 });
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it.each(['/bytes', '/ms'])('cuts the connection when its limit of %s is reached', async (path) => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {}).resume();
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n`);
    const sending = setInterval(() => socket.write(Buffer.alloc(path === '/bytes' ? 50_000 : 10)), 10);
    const begun = performance.now();
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(sending);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
