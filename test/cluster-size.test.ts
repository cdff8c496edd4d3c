import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readStack } from '../gateway/stack/stack.ts';

/* What all pods request together, against the small clusters that the docs name. */

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

/** Processors in thousandths, memory in MiB. */
interface Amount {
  cpu: number;
  memory: number;
}
type Quantities = Partial<Record<'cpu' | 'memory', string>>;

const UNITS: Record<string, number> = { m: 0.001, Mi: 1, Gi: 1024, g: 1024 };
function quantity(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)(m|Mi|Gi|g)?$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`${text} is no quantity that is read here`);
  return Number(number) * (unit === '' ? 1 : (UNITS[unit] as number));
}
const amount = ({ cpu, memory }: Quantities): Amount => ({
  cpu: Math.round(quantity(cpu ?? '') * 1000),
  memory: quantity(memory ?? ''),
});
const sum = (amounts: Amount[]): Amount => ({
  cpu: amounts.reduce((all, { cpu }) => all + cpu, 0),
  memory: amounts.reduce((all, { memory }) => all + memory, 0),
});

interface Workload {
  kind: string;
  metadata: { name: string };
  spec: {
    replicas?: number;
    minReplicas?: number;
    scaleTargetRef?: { name: string };
    strategy?: { rollingUpdate?: { maxSurge?: number } };
    template: { spec: { containers: { resources: { requests: Quantities } }[] } };
  };
}

/** The pods of deploy/kubernetes, with those that a rolling update adds. */
function besideTheFunctions(): Amount[] {
  const files = ['cache', 'grpc-edge', 'idler', 'store'].map((name) => `deploy/kubernetes/${name}.yaml`);
  const all = files.flatMap((file) => parseAllDocuments(read(file)).map((one) => one.toJS() as Workload));
  const scalers = all.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
  return all
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .flatMap(({ metadata, spec }) => {
      const scaler = scalers.find((one) => one.spec.scaleTargetRef?.name === metadata.name);
      const pods = (scaler?.spec.minReplicas ?? spec.replicas ?? 1) + (spec.strategy?.rollingUpdate?.maxSurge ?? 0);
      const pod = sum(spec.template.spec.containers.map(({ resources }) => amount(resources.requests)));
      return Array<Amount>(pods).fill(pod);
    });
}

const functions = readStack(`${root}stack.yml`, {}).map(({ requests }) => amount(requests));

/** The values of OpenFaaS's chart 15.0.6: gateway, faas-netes, NATS, queue worker, Prometheus, Alertmanager. */
const OPENFAAS = sum([
  { cpu: 100, memory: 120 },
  { cpu: 100, memory: 120 },
  { cpu: 100, memory: 120 },
  { cpu: 50, memory: 120 },
  { cpu: 100, memory: 512 },
  { cpu: 50, memory: 25 },
]);
/** The API server, controller manager, scheduler and etcd as kubeadm makes them. */
const CONTROL_PLANE = { cpu: 250 + 200 + 100 + 100, memory: 100 };
const DNS = { cpu: 100, memory: 70 };
const METRICS_SERVER = { cpu: 100, memory: 200 };
/** Calico's pod of each node; the networks that know no policies request nothing. */
const CALICO = { cpu: 250, memory: 0 };

const script = read('scripts/minikube.sh');
const standard = (name: string): string => new RegExp(`\\$\\{${name}:-([^}]+)\\}`).exec(script)?.[1] ?? '';

const CLUSTERS: [name: string, Amount, itsOwn: Amount][] = [
  [
    'what scripts/minikube.sh starts',
    { cpu: Number(standard('CPUS')) * 1000, memory: quantity(standard('MEMORY')) },
    sum([CONTROL_PLANE, DNS, METRICS_SERVER, CALICO]),
  ],
  ['Minikube with 2 processors and CNI=bridge', { cpu: 2000, memory: 4096 }, sum([CONTROL_PLANE, DNS, METRICS_SERVER])],
  [
    "a node of 2 processors, less what GKE's kubelet keeps, with the control plane elsewhere",
    { cpu: 1930, memory: 4096 },
    sum([DNS, METRICS_SERVER, CALICO]),
  ],
];

describe('requests', () => {
  test.each(CLUSTERS)('fit %s', (_name, capacity, itsOwn) => {
    const all = sum([...functions, ...besideTheFunctions(), OPENFAAS, itsOwn]);
    expect(all.cpu).toBeLessThanOrEqual(capacity.cpu);
    expect(all.memory).toBeLessThanOrEqual(capacity.memory);
  });

  test('are all there', () => {
    // 8 small functions and clip-fn; five edges and one more, Redis, the store and the idler.
    expect(functions).toHaveLength(9);
    expect(besideTheFunctions()).toHaveLength(9);
    for (const { cpu, memory } of [...functions, ...besideTheFunctions()])
      expect(Math.min(cpu, memory)).toBeGreaterThan(0);
  });
});
