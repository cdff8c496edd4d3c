// http-proxy, as a peer of the gateway: one process in front of one function, which keeps its connections open.
// usage: node bench/gateway/http-proxy.mjs http://127.0.0.1:PORT   (forked: it sends its own port)
import http from 'node:http';
import proxies from 'http-proxy';

const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 64 });
const proxy = proxies.createProxyServer({ target: process.argv[2], agent, xfwd: true });
proxy.on('error', (_error, _request, response) => response.writeHead(502).end());
const server = http.createServer((request, response) => proxy.web(request, response));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
