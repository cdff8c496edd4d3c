import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idleTimes } from '../../deploy/idler/config.ts';
import { createDriver } from '../../deploy/idler/driver.ts';
import { Idler } from '../../deploy/idler/idler.ts';
import { call, type TestGateway, testGateway } from '../../gateway/fixtures/gateway.ts';
import { type Cluster, missingTools, startCluster } from './cluster.ts';

/* The manifests and the idler against Kubernetes' real API server. Pods do not run: there are no nodes. */

const missing = missingTools();
if (missing.length > 0) console.log(`the manifests are not held against an API server here: no ${missing.join(', ')}`);

const manifests = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));

/** A function as OpenFaaS deploys it, as far as the idler looks. */
const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'openfaas-fn', labels: { faas_function: name } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { faas_function: name } },
    template: { metadata: { labels: { faas_function: name } }, spec: { containers: [{ name, image: name }] } },
  },
});

describe.skipIf(missing.length > 0)('with an API server', () => {
  let cluster: Cluster;
  let gateway: TestGateway;

  beforeAll(async () => {
    [cluster, gateway] = await Promise.all([startCluster(), testGateway({ idle: 0 })]);
    for (const namespace of ['openfaas', 'openfaas-fn']) cluster.kubectl(['create', 'namespace', namespace]);
  }, 90_000);
  afterAll(async () => {
    await gateway?.end();
    await cluster?.stop();
  });

  test('every manifest is taken, with no field that it does not know and no pod that its rules refuse', () => {
    cluster.kubectl(['apply', '-f', `${manifests}/namespace.yaml`]);
    const said = cluster.kubectl(['apply', '--server-side', '--validate=strict', '-k', manifests]);
    expect(said).not.toMatch(/warning|violate|unknown field/i);
    expect(said.match(/serverside-applied/g)?.length).toBeGreaterThan(18);
    // A second time changes nothing.
    const again = cluster.kubectl(['diff', '--server-side', '-k', manifests]);
    expect(again).toBe('');
  });

  test('a pod that its rules refuse would have been found out', () => {
    const rash = { ...deployment('rash'), metadata: { name: 'rash', namespace: 'obscura' } };
    expect(cluster.kubectl(['apply', '-f', '-'], JSON.stringify(rash))).toMatch(/would violate PodSecurity/);
  });

  test('the idler stops an idle function as its own account, and may do nothing else', async () => {
    for (const name of ['echo-fn', 'other-fn']) {
      cluster.kubectl(['apply', '-f', '-'], JSON.stringify(deployment(name)));
    }
    const token = cluster.kubectl(['create', 'token', 'idler', '--namespace', 'obscura']).trim();
    const ca = readFileSync(cluster.caFile);
    const driver = { kind: 'kubernetes', url: cluster.url, namespace: 'openfaas-fn', token: () => token, ca } as const;
    const logged: string[] = [];
    const idler = new Idler(
      {
        metrics: [gateway.metricsUrl as string],
        idleAfter: idleTimes('*=never,echo-fn=10m'),
        lookEvery: 1000,
        driver,
        dryRun: false,
      },
      (_level, message, more) => logged.push(`${message} ${JSON.stringify(more)}`),
    );
    await call(`${gateway.url}/function/echo-fn`);
    expect(await idler.look(0)).toEqual([]);
    expect(await idler.look(600_000), logged.join('\n')).toEqual(['echo-fn']);
    expect(replicas('echo-fn')).toBe('0');
    expect(replicas('other-fn')).toBe('1');
    expect(await createDriver(driver).running()).toEqual(['other-fn']);

    for (const [verb, what] of [
      ['delete', 'deployments'],
      ['patch', 'deployments'],
      ['get', 'secrets'],
    ] as const) {
      expect(may(verb, what)).toMatch(/^no/);
    }
    const elsewhere = createDriver({ ...driver, namespace: 'obscura' });
    await expect(elsewhere.running()).rejects.toThrow(/403 .*forbidden/);
    await expect(elsewhere.stop('cache')).rejects.toThrow(/403 .*forbidden/);
  });

  const replicas = (name: string): string =>
    cluster.kubectl(['get', 'deployment', name, '--namespace', 'openfaas-fn', '-o', 'jsonpath={.spec.replicas}']);

  function may(verb: string, what: string): string {
    try {
      const account = 'system:serviceaccount:obscura:idler';
      return cluster.kubectl(['auth', 'can-i', verb, what, '--namespace', 'openfaas-fn', '--as', account]);
    } catch (error) {
      // kubectl's exit status says no.
      return /: (no\b)/.exec((error as Error).message)?.[1] ?? String(error);
    }
  }
});
