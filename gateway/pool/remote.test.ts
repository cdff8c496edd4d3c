import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig, UsageError } from '../config.ts';
import { call, type TestGateway, testGateway, until } from '../fixtures/gateway.ts';

let gateway: TestGateway;
const hosts: Server[] = [];

/** A function image on another host: what answers there. */
async function remoteHost(name: string, port = 0): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url === '/_/health') return response.end('OK');
    response.end(JSON.stringify({ name, url: request.url, callId: request.headers['x-call-id'] }));
  });
  hosts.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const close = (server: Server) =>
  new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
const place = (port: number) => ({ host: '127.0.0.1', port });
const get = (path: string) => call(`${gateway.url}/function/${path}`);

describe('a remote function', () => {
  afterEach(async () => {
    await gateway.end();
    for (const host of hosts.splice(0)) host.close().closeAllConnections();
  });

  it('is called there, whether the stack file has it or not', async () => {
    const port = await remoteHost('there');
    gateway = await testGateway({
      remote: new Map([
        ['echo-fn', [place(port)]],
        ['far-fn', [place(port)]],
      ]),
    });
    for (const name of ['echo-fn', 'far-fn']) {
      const { status, text, headers } = await get(`${name}/a?b=1`);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toEqual({ name: 'there', url: '/a?b=1', callId: headers['x-call-id'] });
    }
  });

  it('that does not answer is 503 with Retry-After, and is called again once it does', async () => {
    const port = await remoteHost('there');
    await close(hosts.pop()!);
    gateway = await testGateway({ remote: new Map([['far-fn', [place(port)]]]) });
    const down = await get('far-fn');
    expect(down).toMatchObject({ status: 503, headers: { 'retry-after': '5', 'x-openfaas-internal': 'proxy' } });
    expect(down.text).toContain('No endpoints available for: far-fn.');
    expect(gateway.functions.find(({ spec }) => spec.name === 'far-fn')?.upstream.count()).toEqual({
      replicas: 1,
      available: 0,
    });
    await remoteHost('back', port);
    expect(JSON.parse((await get('far-fn')).text).name).toBe('back');
  });

  it('with two places is called at both, and at one when the other is gone', async () => {
    const ports = [await remoteHost('one'), await remoteHost('two')];
    gateway = await testGateway({ remote: new Map([['far-fn', ports.map(place)]]) });
    const answers = await Promise.all(Array.from({ length: 6 }, () => get('far-fn')));
    const names = () => new Set(answers.map(({ text }) => JSON.parse(text).name));
    expect(names()).toEqual(new Set(['one', 'two']));
    await close(hosts.shift()!);
    for (let time = 0; time < 3; time++) expect(JSON.parse((await get('far-fn')).text).name).toBe('two');
    await until(() => gateway.log.some((line) => line.includes('far-fn does not answer at')));
  });

  it('whose kept connection is closed as a call with a body comes is asked on another', async () => {
    const port = await remoteHost('there');
    gateway = await testGateway({ remote: new Map([['far-fn', [place(port)]]]) });
    const connections: Socket[] = [];
    hosts[0]?.on('connection', (socket) => connections.push(socket));
    expect((await get('far-fn')).status).toBe(200);
    const upstream = gateway.functions.find(({ spec }) => spec.name === 'far-fn')!.upstream;
    const acquire = upstream.acquire.bind(upstream);
    // The gateway cannot have seen it when it takes the connection. (Node 24 opens another by itself; 20 does not.)
    upstream.acquire = (signal) => {
      for (const connection of connections.splice(0)) connection.destroy();
      return acquire(signal);
    };
    const { status } = await call(`${gateway.url}/function/far-fn`, { method: 'POST', body: 'x' });
    expect(status).toBe(200);
    expect(connections).toHaveLength(1);
  });
});

describe('GATEWAY_REMOTE', () => {
  const remote = (text: string) => readConfig([], { GATEWAY_REMOTE: text })?.remote;

  it('names functions and their places', () => {
    expect(remote('a-fn=http://b:8080, a-fn=http://[::1]:9/,c=http://d')).toEqual(
      new Map([
        [
          'a-fn',
          [
            { host: 'b', port: 8080 },
            { host: '::1', port: 9 },
          ],
        ],
        ['c', [{ host: 'd', port: 80 }]],
      ]),
    );
    expect(remote('')).toEqual(new Map());
  });

  it.each(['a', 'a=b:80', 'a=https://b', 'a=http://b/path', 'a=http://u:p@b', 'A=http://b', '=http://b'])(
    'refuses %s',
    (text) => expect(() => remote(text)).toThrow(UsageError),
  );
});
