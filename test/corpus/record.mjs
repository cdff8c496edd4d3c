/*
 * Records what real clients send when they send a picture: node test/corpus/record.mjs [FOLDER WITH OTHER JARS]
 * Each request goes to a socket that keeps every byte; those that a client on this machine made are written anew beside
 * this file, and the version of the client into recorded.json. test/corpus.test.ts replays them.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';

const here = path.dirname(fileURLToPath(import.meta.url));
const clients = path.join(here, 'clients');
const folder = mkdtempSync(path.join(tmpdir(), 'corpus-'));
const PORT = 8080;
const URL_ = `http://127.0.0.1:${PORT}/function/rotate-fn`;
const jars = process.argv[2] ?? '/usr/share/java';

/** Upright 40 × 30; what is 30 × 40 was turned as asked. */
const pixels = Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, n) => (n * 7) % 256));
const jpeg = await sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } })
  .blur(3)
  .jpeg({ quality: 60 })
  .toBuffer();
const photo = path.join(folder, 'ein Föto.jpg');
writeFileSync(photo, jpeg);
const plain = path.join(folder, 'photo.jpg');
writeFileSync(plain, jpeg);
writeFileSync(path.join(folder, 'body.json'), JSON.stringify({ image: jpeg.toString('base64'), angle: 90 }));

const got = [];
const server = createServer((socket) => {
  let bytes = Buffer.alloc(0);
  let continued = false;
  socket.on('error', () => undefined);
  socket.on('data', (piece) => {
    bytes = Buffer.concat([bytes, piece]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    const body = bytes.subarray(end + 4);
    if (/^expect: 100-continue/im.test(head) && !continued) {
      continued = true;
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const whole = /^transfer-encoding: *chunked/im.test(head)
      ? body.includes('0\r\n\r\n')
      : body.length >= Number(length ?? 0);
    if (!whole) return;
    if (head.startsWith('POST') || head.startsWith('PUT')) got.push(bytes);
    bytes = Buffer.alloc(0);
    socket.end(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nAccess-Control-Allow-Origin: *\r\n' +
        'Content-Length: 2\r\nConnection: close\r\n\r\nok',
    );
  });
});
await new Promise((resolve) => server.listen(PORT, '127.0.0.1', resolve));

const run = promisify(execFile);
const version = (command, ...args) => {
  const { stdout = '', stderr = '', status } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0
    ? (stdout + stderr)
        .split('\n')
        .find((line) => /\d/.test(line))
        ?.trim()
    : undefined;
};

const recorded = {};
/** Runs a client that makes one request, and keeps it. */
async function record(name, client, command, ...args) {
  if (client === undefined) return;
  got.length = 0;
  const { stderr } = await run(command, args, { cwd: folder, timeout: 120_000 });
  if (got.length !== 1) throw new Error(`${name}: ${got.length} requests. ${stderr}`);
  writeFileSync(path.join(here, `${name}.http`), got[0]);
  recorded[name] = client;
  process.stdout.write(`${name}: ${got[0].length} bytes\n`);
}

const curl = version('curl', '--version')?.split(' ').slice(0, 2).join(' ');
await record('curl-form', curl, 'curl', '-sS', '-F', `image=@${photo};type=image/jpeg`, '-F', 'angle=90', URL_);
await record('curl-data', curl, 'curl', '-sS', '--data-binary', `@${plain}`, `${URL_}?angle=90`);
await record('curl-upload', curl, 'curl', '-sS', '-T', plain, `${URL_}?angle=90`);
await record(
  'curl-chunked',
  curl,
  'curl',
  '-sS',
  '-H',
  'Transfer-Encoding: chunked',
  '--data-binary',
  `@${plain}`,
  `${URL_}?angle=90`,
);
await record(
  'curl-expect',
  curl,
  'curl',
  '-sS',
  '-H',
  'Expect: 100-continue',
  '-H',
  'Content-Type: image/jpeg',
  '--data-binary',
  `@${plain}`,
  `${URL_}?angle=90`,
);
await record('curl-json', curl, 'curl', '-sS', '--json', '@body.json', URL_);
await record(
  'curl-urlencode',
  curl,
  'curl',
  '-sS',
  '--data-urlencode',
  `image=${jpeg.toString('base64')}`,
  '-d',
  'angle=90',
  URL_,
);
const wget = version('wget', '--version')?.split(' ').slice(0, 3).join(' ');
await record('wget-post-file', wget, 'wget', '-q', '-O', '-', `--post-file=${plain}`, `${URL_}?angle=90`);
const ab = version('ab', '-V')?.match(/ApacheBench, Version [\d.]+/)?.[0];
await record('ab-post', ab, 'ab', '-q', '-n', '1', '-p', plain, '-T', 'image/jpeg', `${URL_}?angle=90`);

const php = version('php', '--version')?.split(' ').slice(0, 2).join(' ');
for (const kind of ['curl', 'stream'])
  await record(`php-${kind}`, php, 'php', path.join(clients, 'client.php'), kind, URL_, photo);
const perl = version('perl', '-MHTTP::Tiny', '-e', 'print "HTTP::Tiny $HTTP::Tiny::VERSION"');
await record('perl-tiny', perl, 'perl', path.join(clients, 'client.pl'), `${URL_}?angle=90`, plain);

const python = process.env.PYTHON ?? 'python3';
for (const kind of [
  'requests-form',
  'requests-data',
  'requests-json',
  'httpx-form',
  'httpx-data',
  'aiohttp-form',
  'urllib-data',
]) {
  const module = kind.split('-')[0];
  const known =
    module === 'urllib'
      ? version(python, '--version')
      : version(python, '-c', `import ${module}; print("${module}", ${module}.__version__)`);
  await record(`python-${kind}`, known, python, path.join(clients, 'client.py'), kind, URL_, photo);
}

const axios = JSON.parse(readFileSync(path.join(here, '../../node_modules/axios/package.json'), 'utf8')).version;
const kinds = {
  'axios-form': `axios ${axios}`,
  'axios-data': `axios ${axios}`,
  'axios-json': `axios ${axios}`,
  'fetch-form': `Node ${process.version}`,
  'fetch-data': `Node ${process.version}`,
  'http-pipe': `Node ${process.version}`,
};
for (const [kind, client] of Object.entries(kinds))
  await record(`node-${kind}`, client, process.execPath, path.join(clients, 'client.mjs'), kind, URL_, photo);

const go = version('go', 'version')?.split(' ')[2];
for (const kind of ['form', 'data'])
  await record(`go-${kind}`, go, 'go', 'run', path.join(clients, 'client.go'), kind, URL_, photo);

const java = version('java', '-version')?.match(/"(.*)"/)?.[1];
for (const kind of ['client', 'client-form', 'connection'])
  await record(`java-${kind}`, java && `Java ${java}`, 'java', path.join(clients, 'Client.java'), kind, URL_, photo);
const okhttp = spawnSync('ls', [path.join(jars, 'okhttp.jar')]).status === 0 ? 'OkHttp 3.13.1' : undefined;
await record(
  'okhttp-form',
  okhttp,
  'java',
  '-cp',
  `${jars}/okhttp.jar:${jars}/okio.jar`,
  path.join(clients, 'OkHttp.java'),
  URL_,
  photo,
);

const chromium = version(process.env.CHROMIUM ?? 'chromium', '--version')?.match(/Chromium [\d.]+/)?.[0];
for (const kind of ['form', 'form-urlencoded', 'fetch-form', 'fetch-blob', 'fetch-json', 'xhr-form', 'beacon']) {
  await record(`chromium-${kind}`, chromium, process.execPath, path.join(clients, 'browser.mjs'), kind, URL_, photo);
}

server.close();
rmSync(folder, { recursive: true });
mkdirSync(here, { recursive: true });
writeFileSync(path.join(here, 'recorded.json'), `${JSON.stringify(recorded, null, 2)}\n`);
