#!/usr/bin/env node
// Stands in for OpenFaaS's of-watchdog where its image cannot be had: HTTP mode as far as our
// tests look. For tests only.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const env = process.env;
const LOCK = '/tmp/.lock';
const milliseconds = (text) => (/^\d+$/.test(text) ? Number(text) : Number.parseFloat(text)) * 1000;
const execTimeout = milliseconds(env.exec_timeout ?? '30s');
const grace = milliseconds(env.healthcheck_interval ?? env.write_timeout ?? '30s');
const upstream = new URL(env.upstream_url);
const INTERNAL = { 'x-openfaas-internal': 'of-watchdog' };
let stopping = false;

const [command, ...args] = env.fprocess.split(' ');
const child = spawn(command, args, { stdio: 'inherit' });
child.on('exit', (code) => process.exit(stopping ? 0 : code || 1));

const server = createServer((incoming, answer) => {
  if (incoming.url === '/_/health' || incoming.url === '/_/ready') {
    const ready = !stopping && existsSync(LOCK);
    return answer.writeHead(ready ? 200 : 503).end(ready ? 'OK' : '');
  }
  const { method, url, headers } = incoming;
  const started = performance.now();
  const sent = request({ host: upstream.hostname, port: upstream.port, method, path: url, headers }, (reply) => {
    clearTimeout(timer);
    const seconds = ((performance.now() - started) / 1000).toFixed(6);
    answer.writeHead(reply.statusCode, { ...reply.headers, 'x-duration-seconds': seconds });
    answer.flushHeaders();
    reply.pipe(answer);
    reply.on('error', () => answer.destroy());
  });
  const fail = (status) => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(status, INTERNAL).end();
  };
  const timer = setTimeout(() => {
    fail(504);
    sent.destroy();
  }, execTimeout);
  sent.on('error', () => fail(500));
  answer.on('close', () => sent.destroy());
  incoming.pipe(sent);
});
server.listen(Number(env.port ?? 8080));

process.on('SIGTERM', async () => {
  stopping = true;
  child.kill('SIGTERM');
  rmSync(LOCK, { force: true });
  await sleep(grace);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
