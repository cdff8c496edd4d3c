import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/* The cluster scripts, dry: the tools they need are stood in for by programs that write down their calls. */
const root = fileURLToPath(new URL('..', import.meta.url));
const TOOLS = ['kubectl', 'helm', 'faas-cli', 'docker', 'minikube', 'gcloud'];
let tools: string;

beforeAll(() => {
  tools = mkdtempSync(path.join(tmpdir(), 'obscura-tools-'));
});
afterAll(() => rmSync(tools, { recursive: true }));

/** A PATH with the plain tools of a system and only these of a cluster's. */
function pathWith(names: string[]): string {
  const folder = mkdtempSync(path.join(tools, 'path-'));
  for (const name of names) {
    writeFileSync(path.join(folder, name), '#!/bin/sh\nif [ -n "$CALLS" ]; then echo "$0 $*" >> "$CALLS"; fi\n');
    chmodSync(path.join(folder, name), 0o755);
  }
  for (const name of ['bash', 'dirname', 'id', 'env', 'npm']) {
    const found = spawnSync('bash', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (found) writeFileSync(path.join(folder, name), `#!/bin/sh\nexec ${found} "$@"\n`, { mode: 0o755 });
  }
  return folder;
}

function run(script: string, args: string[], env: Record<string, string> = {}, names = TOOLS) {
  return spawnSync('/bin/bash', [path.join(root, 'scripts', script), ...args], {
    env: { PATH: pathWith(names), ...env },
    encoding: 'utf8',
  });
}

/** The tools' calls that change something, as each wrote them down. */
function called(script: string, args: string[]): string[] {
  const calls = path.join(mkdtempSync(path.join(tools, 'calls-')), 'calls');
  run(script, args, { ...GKE, CALLS: calls });
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
}

function dry(script: string, verb: string, env: Record<string, string>, names = TOOLS): string {
  const { status, stdout, stderr } = run(script, ['--dry-run', verb], env, names);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** Whether the text has all the patterns, one after the other. */
function inOrder(text: string, patterns: RegExp[]): void {
  let rest = text;
  for (const pattern of patterns) {
    expect(rest).toMatch(pattern);
    rest = rest.slice(rest.search(pattern) + 1);
  }
}

const GKE: Record<string, string> = { REGISTRY: 'ghcr.io/you', PROJECT: 'mine' };

describe('up', () => {
  const common = [/helm upgrade --install openfaas openfaas\/openfaas --version \d+\.\d+\.\d+/];
  const beside = [
    /kubectl apply -f deploy\/kubernetes\/namespace.yaml/,
    /the secrets store-access-key and store-secret-key/,
    /kubectl kustomize deploy\/kubernetes \| sed .* \| kubectl apply -f -/,
  ];
  const deployed = [/faas-cli deploy -f stack.yml --secret store-access-key/, /\/function\/frontend-fn/];

  test("minikube, with a registry of one's own or the one inside it", () => {
    const start = /minikube start.*--cni calico --insecure-registry .* --insecure-registry 192\.168\.0\.0\/16/;
    const cluster = [start, /addons enable metrics-server/];
    const pushed = [/npm run images -- grpc-edge idler --push/, ...beside, /faas-cli publish .*linux\/amd64/];
    inOrder(dry('minikube.sh', 'up', { REGISTRY: 'ghcr.io/you' }), [...cluster, ...common, ...pushed, ...deployed]);
    const own = [/npm run images -- grpc-edge idler$/m, /docker push .*:5000\/idler/, ...beside, /faas-cli build/];
    const all = [...cluster, /addons enable registry/, ...common, ...own, /faas-cli push/, ...deployed];
    inOrder(dry('minikube.sh', 'up', {}), all);
  });

  test('GKE', () => {
    const cluster = /clusters create obscura --project mine --zone us-central1-b .*--max-nodes 3.*--spot/;
    const steps = [
      cluster,
      /get-credentials/,
      /clusterrolebinding/,
      ...common,
      ...beside,
      /faas-cli publish/,
      ...deployed,
    ];
    inOrder(dry('gke.sh', 'up', { ...GKE, REGION: 'us-central1', SPOT: '1' }), steps);
  });

  test('without what stands beside the functions', () => {
    const text = dry('openfaas.sh', 'up', { REGISTRY: 'ghcr.io/you', EXTRAS: '0' });
    expect(text).not.toMatch(/deploy\/kubernetes|--secret|grpc-edge/);
  });
});

test('deploy changes no cluster, test runs the acceptance tests, down takes everything away', () => {
  expect(dry('gke.sh', 'deploy', GKE)).not.toMatch(/clusters create|helm/);
  inOrder(dry('minikube.sh', 'test', {}), [/port-forward/, /npm run test:openfaas/]);
  expect(dry('minikube.sh', 'down', {})).toBe('+ minikube delete --profile obscura\n');
  expect(dry('gke.sh', 'down', GKE)).toMatch(/^\+ gcloud container clusters delete obscura .* --quiet\n$/);
  inOrder(dry('openfaas.sh', 'down', {}), [/delete .*-k deploy\/kubernetes/, /helm uninstall/, /delete .*namespace/]);
});

test('the images that the manifests name are those that were pushed', () => {
  const script = readFileSync(path.join(root, 'scripts/openfaas.sh'), 'utf8');
  const named = /^named\(\) \{\n(.*?)^\}/ms.exec(script)?.[1] ?? 'false';
  const manifests = ['grpc-edge', 'idler', 'store'].map((name) =>
    readFileSync(path.join(root, `deploy/kubernetes/${name}.yaml`), 'utf8'),
  );
  // What kustomize makes of them.
  const input = manifests.join('---\n').replace(/(image: ghcr.io\/obscura\/.*)/g, '$1:latest');
  const env = { PATH: process.env.PATH, REGISTRY: '10.0.0.1:5000', TAG: '1.2.3' };
  const { stdout } = spawnSync('bash', ['-c', named], { input, env, encoding: 'utf8' });
  expect(stdout.match(/image: .*/g)).toEqual([
    'image: 10.0.0.1:5000/grpc-edge:1.2.3',
    'image: 10.0.0.1:5000/idler:1.2.3',
    expect.stringContaining('versitygw:'),
    'image: *image',
  ]);
});

test('no secret stands in what is printed', () => {
  expect(dry('openfaas.sh', 'up', { REGISTRY: 'x' })).not.toMatch(/--from-literal|ROOT_SECRET_KEY=/);
});

test.each(TOOLS)('without %s they refuse, say where it is, and have begun nothing', (tool) => {
  const script = { minikube: 'minikube.sh', gcloud: 'gke.sh' }[tool] ?? 'openfaas.sh';
  const { status, stdout, stderr } = run(
    script,
    ['up'],
    GKE,
    TOOLS.filter((name) => name !== tool),
  );
  expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(`^${tool} is needed .* https://`)]);
});

describe.each(['minikube.sh', 'gke.sh', 'openfaas.sh'])('%s', (script) => {
  test.each(['up', 'deploy', 'test', 'down'])('prints all of %s where nothing is installed, in any order', (verb) => {
    const first = run(script, ['--dry-run', verb], GKE, []);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(/^\+ /);
    expect(run(script, [verb, '--dry-run'], GKE, []).stdout).toBe(first.stdout);
  });

  test('a dry run calls no tool', () => {
    for (const verb of ['up', 'deploy', 'test', 'down']) expect(called(script, [verb, '--dry-run'])).toEqual([]);
    // It would be seen.
    expect(called(script, ['down', '--yes'])).not.toEqual([]);
  });

  test('down asks, and takes silence for no', () => {
    const { status, stdout, stderr } = run(script, ['down'], GKE);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/Type yes to go on: Nothing was changed/);
  });

  test.each([['--dry-runn'], ['up', 'everything'], ['up', 'down']])('refuses %s %s', (...args) => {
    expect(run(script, args, GKE)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^usage/) });
  });
});

test('what is not said, and what is no verb', () => {
  expect(run('openfaas.sh', ['--dry-run', 'deploy']).stderr).toMatch(/Set REGISTRY/);
  expect(run('gke.sh', ['--dry-run', 'up'], { REGISTRY: 'x' }).stderr).toMatch(/Set PROJECT/);
  for (const script of ['minikube.sh', 'gke.sh', 'openfaas.sh']) {
    expect(run(script, ['dance'], GKE)).toMatchObject({ status: 2, stderr: expect.stringMatching(/^usage/) });
  }
});

test('every script is sound shell', () => {
  for (const name of ['arguments.sh', 'minikube.sh', 'gke.sh', 'openfaas.sh']) {
    execFileSync('bash', ['-n', path.join(root, 'scripts', name)]);
  }
});
