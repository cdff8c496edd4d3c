import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/* The cluster scripts, dry: the tools they need are stood in for by empty programs, the commands are printed. */
const root = fileURLToPath(new URL('..', import.meta.url));
let tools: string;

beforeAll(() => {
  tools = mkdtempSync(path.join(tmpdir(), 'obscura-tools-'));
  for (const name of ['kubectl', 'helm', 'faas-cli', 'docker', 'minikube', 'gcloud']) {
    writeFileSync(path.join(tools, name), '#!/bin/sh\nexit 0\n');
    chmodSync(path.join(tools, name), 0o755);
  }
});
afterAll(() => rmSync(tools, { recursive: true }));

function dry(script: string, env: Record<string, string>, withTools = true) {
  const PATH = withTools ? `${tools}:${process.env.PATH}` : '/usr/bin:/bin';
  return spawnSync('bash', [path.join(root, 'scripts', script)], {
    env: { PATH, DRY_RUN: '1', ...env },
    encoding: 'utf8',
  });
}

test.each([
  ['minikube.sh', { REGISTRY: 'ghcr.io/you' }],
  ['gke.sh', { REGISTRY: 'ghcr.io/you', PROJECT: 'mine' }],
])('%s makes a cluster, installs OpenFaaS, deploys the stack', (script, env) => {
  const { status, stdout, stderr } = dry(script, env);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const steps = [
    /(minikube start|gcloud container clusters create)/,
    /helm upgrade --install openfaas/,
    /faas-cli up -f stack.yml/,
    /\/function\/frontend-fn$/m,
  ];
  const places = steps.map((step) => stdout.search(step));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('what is missing is said', () => {
  expect(dry('minikube.sh', {}).stderr).toMatch(/Set REGISTRY/);
  expect(dry('gke.sh', { REGISTRY: 'x' }).stderr).toMatch(/Set PROJECT/);
  expect(dry('minikube.sh', { REGISTRY: 'x' }, false).stderr).toMatch(/minikube is needed/);
});

test('every script is sound shell', () => {
  for (const name of ['minikube.sh', 'gke.sh', 'openfaas.sh'])
    execFileSync('bash', ['-n', path.join(root, 'scripts', name)]);
});
