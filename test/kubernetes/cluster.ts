import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '#storage/store.testing';

/*
 * Kubernetes' real API server with etcd: everything but nodes and controllers. KUBE_APISERVER names it
 * (build-apiserver.sh makes it), etcd and kubectl are on PATH.
 */

export const KUBE_APISERVER = process.env.KUBE_APISERVER ?? '';

/** What is missing to start one; nothing when all is there. */
export function missingTools(): string[] {
  const missing = ['etcd', 'kubectl', 'openssl'].filter((name) => spawnSync(name, ['version']).error);
  return existsSync(KUBE_APISERVER) ? missing : ['KUBE_APISERVER', ...missing];
}

export interface Cluster {
  url: string;
  /** PEM of who signed the server's certificate. */
  caFile: string;
  folder: string;
  /** Runs kubectl. @returns what it wrote to both outputs @throws Error with them when it fails */
  kubectl(args: string[], input?: string): string;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-kubernetes-'));
  const at = (name: string) => path.join(folder, name);
  const [client, peer, secure] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${client}`;
  writeFileSync(at('tokens.csv'), 'for-this-test,admin,admin,system:masters\n');
  execFileSync('openssl', ['genrsa', '-out', at('sa.key'), '2048'], { stdio: 'ignore' });
  const etcd = spawn(
    'etcd',
    [
      ...['--data-dir', at('etcd'), '--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
      ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
    ],
    { stdio: 'ignore' },
  );
  const server = spawn(
    KUBE_APISERVER,
    [
      ...['--etcd-servers', etcdUrl, '--cert-dir', at('certs'), '--bind-address', '127.0.0.1'],
      ...['--secure-port', String(secure), '--service-cluster-ip-range', '10.0.0.0/24'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-account-key-file', at('sa.key')],
      ...['--service-account-signing-key-file', at('sa.key'), '--token-auth-file', at('tokens.csv')],
      ...['--authorization-mode', 'RBAC'],
    ],
    { stdio: 'ignore' },
  );
  const url = `https://127.0.0.1:${secure}`;
  const caFile = at('certs/apiserver.crt');
  const access = ['--server', url, '--token', 'for-this-test', '--certificate-authority', caFile];
  const kubectl = (args: string[], input?: string): string => {
    const env = { ...process.env, KUBECONFIG: at('none') };
    const done = spawnSync('kubectl', [...access, ...args], { encoding: 'utf8', env, ...(input && { input }) });
    const said = `${done.stdout}${done.stderr}`;
    if (done.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${said}`);
    return said;
  };
  await ready(kubectl, server);
  return { url, caFile, folder, kubectl, stop: () => stop([server, etcd], folder) };
}

async function ready(kubectl: Cluster['kubectl'], server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 240 && server.exitCode === null; tries++) {
    try {
      kubectl(['get', '--raw', '/readyz']);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  throw new Error('the API server did not become ready');
}

async function stop(children: ChildProcess[], folder: string): Promise<void> {
  for (const child of children) {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}
