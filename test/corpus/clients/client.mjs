/* Sends one picture as Node's own client, or axios, sends it: client.mjs KIND URL FILE */
import { createReadStream, readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import axios from 'axios';

const [kind, url, file] = process.argv.slice(2);
const bytes = readFileSync(file);
const form = () => {
  const made = new FormData();
  made.append('image', new Blob([bytes], { type: 'image/jpeg' }), path.basename(file));
  made.append('angle', '90');
  return made;
};
const turned = `${url}?angle=90`;
const sends = {
  'axios-form': () => axios.post(url, form()),
  'axios-data': () => axios.post(turned, bytes),
  'axios-json': () => axios.post(url, { image: bytes.toString('base64'), angle: 90 }),
  'fetch-form': () => fetch(url, { method: 'POST', body: form() }),
  'fetch-data': () => fetch(turned, { method: 'POST', body: bytes }),
  'http-pipe': () =>
    new Promise((resolve) => {
      createReadStream(file).pipe(request(turned, { method: 'POST' }, (answer) => answer.resume().on('end', resolve)));
    }),
};
await sends[kind]();
