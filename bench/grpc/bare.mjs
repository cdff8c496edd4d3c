// grpc-js alone, as a peer of the edge: answers Rotate with the picture it got, and calls nobody; with an address, it
// first sends the picture there by HTTP, as the edge does to its gateway.
// usage: node bench/grpc/bare.mjs [http://127.0.0.1:PORT]   (forked: it sends its own port)
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const options = {
  includeDirs: [fileURLToPath(new URL('../../grpc/proto', import.meta.url))],
  longs: Number,
  enums: String,
};
const { obscura } = loadPackageDefinition(
  loadSync('obscura/v1/image.proto', { ...options, defaults: true, oneofs: true }),
);
const agent = new http.Agent({ keepAlive: true });

function post(body) {
  return new Promise((resolve, reject) => {
    const request = http.request(process.argv[2], {
      method: 'POST',
      agent,
      headers: { 'content-length': body.length },
    });
    request.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const server = new Server(unlimited);
server.addService(obscura.v1.ImageService.service, {
  Rotate: async ({ request: { picture } }, reply) => {
    const data = process.argv[2] ? await post(picture.data) : picture.data;
    reply(null, { data, contentType: 'image/png', width: 1, height: 1, etag: '"a"', timings: [] });
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, port) => process.send({ port }));
process.on('disconnect', () => process.exit());
