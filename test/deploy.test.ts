import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type FunctionSpec, readStack } from '../gateway/stack/stack.ts';
import { readPlan } from '../scripts/images/plan.ts';

/* What stack.yml, deploy/ and the release promise each other, and OpenFaaS Community Edition. */

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');
const functions = readStack(`${root}stack.yml`, {});
const plans = readPlan(`${root}stack.yml`, [], {}).functions;

/** What Community Edition refuses, in its own words where it has some. */
function refusals(specs: FunctionSpec[]): string[] {
  const zero = 'not available for Community Edition';
  const found = specs.length > 15 ? ['unable to create function, maximum: 15'] : [];
  for (const { name, image, labels, annotations } of specs) {
    const of = (label: string) => labels[`com.openfaas.scale.${label}`];
    if (of('zero') === 'true') found.push(`${name}: com.openfaas.scale.zero ${zero}`);
    for (const label of ['zero-duration', 'target', 'type']) if (of(label)) found.push(`${name}: ${label} ${zero}`);
    for (const label of ['min', 'max']) {
      if (Number(of(label) ?? 1) > 5) found.push(`${name}: com.openfaas.scale.${label} is set too high`);
    }
    for (const key of Object.keys(annotations)) {
      if (/amazonaws\.com|gke\.io/.test(key)) found.push(`${name}: annotation ${key}`);
    }
    if (annotations.topic?.includes(',')) found.push(`${name}: topic has a comma`);
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+\/[\w./-]+:[\w.-]+$/.test(image)) found.push(`${name}: ${image} names no registry`);
  }
  return found;
}

/** Functions, and the variable by which each takes another model than its own. */
const chosen = functions.flatMap(({ name }) => {
  const sources = readdirSync(`${root}functions/${name}`).filter((file) => /^[^.]+\.ts$/.test(file));
  const variables = sources.flatMap((file) => read(`functions/${name}/${file}`).match(/(?<=')\w+_MODEL(?=')/g) ?? []);
  return variables[0] === undefined ? [] : [{ name, variable: variables[0] }];
});

test.each(chosen)(
  '$variable brings a model into the image of $name, and reaches the function',
  ({ name, variable }) => {
    const env = { [variable]: 'another-model' };
    const spec = readStack(`${root}stack.yml`, env).find((one) => one.name === name);
    expect(spec?.environment[variable]).toBe('another-model');
    const plan = readPlan(`${root}stack.yml`, [], env).functions.find((one) => one.name === name);
    expect(plan?.buildArgs.MODELS?.split(' ')).toContain('another-model');
    const { services } = parse(read('deploy/compose.yaml'), { merge: true });
    expect(services[name].environment[variable]).toBe(`\${${variable}:-}`);
    expect(services[name].build.args.MODELS).toContain(`\${${variable}:-}`);
  },
);

test('functions with models are among them', () => {
  expect(chosen.map(({ name }) => name)).toEqual(['clip-fn', 'cutout-fn', 'transform-fn']);
});

describe('stack.yml', () => {
  test('is taken by Community Edition as it stands', () => {
    expect(refusals(functions)).toEqual([]);
  });

  test('what Community Edition refuses would have been found out', () => {
    const [first] = functions as [FunctionSpec];
    const rash = {
      ...first,
      image: 'local',
      labels: { 'com.openfaas.scale.max': '20', 'com.openfaas.scale.type': 'rps' },
    };
    expect(refusals([{ ...rash, annotations: { 'eks.amazonaws.com/role': 'x', topic: 'a,b' } }])).toHaveLength(5);
    expect(refusals(readStack(`${root}stack.yml`, { SCALE_TO_ZERO: 'true' }))).toHaveLength(functions.length);
    expect(refusals(Array(16).fill(first))).toContain('unable to create function, maximum: 15');
  });

  test.each(functions)('$name: time for its work, then for its watchdog; no writing to its disk', (spec) => {
    const seconds = (key: string) => Number.parseInt(spec.environment[key] ?? '', 10);
    expect(seconds('exec_timeout')).toBeLessThan(seconds('write_timeout'));
    expect(seconds('write_timeout')).toBeLessThanOrEqual(60);
    expect(spec.readOnlyRootFilesystem).toBe(true);
    expect(spec.limits.memory).toMatch(/Mi|Gi/);
  });
});

interface Service {
  image: string;
  build?: { context: string; dockerfile?: string; args: Record<string, string> };
  environment?: Record<string, string>;
  mem_limit?: string;
}

describe('deploy/compose.yaml', () => {
  const compose = parse(read('deploy/compose.yaml'), { merge: true }) as { services: Record<string, Service> };
  const serviceOf = (name: string) => compose.services[name] as Service;

  test.each(plans)('$name is built and run as stack.yml says', ({ name, image, buildArgs }) => {
    const { build, environment = {}, mem_limit: memory, image: named } = serviceOf(name);
    expect(named.replace(/\$\{REGISTRY:-([^}]*)\}/, '$1').replace(/\$\{TAG:-([^}]*)\}/, '$1')).toBe(image);
    expect(build?.context).toBe(`../build/${name}`);
    expect(build?.args.MODELS?.replace(/\$\{\w+_MODEL:-\}/, '').trim() || undefined).toBe(buildArgs.MODELS?.trim());
    const spec = functions.find((fn) => fn.name === name) as FunctionSpec;
    for (const key of ['exec_timeout', 'read_timeout', 'write_timeout']) {
      const standard = { exec_timeout: '30s', read_timeout: '35s', write_timeout: '35s' }[key];
      expect(environment[key] ?? standard).toBe(spec.environment[key]);
    }
    expect(memory?.replace(/m$/, 'Mi').replace(/g$/, 'Gi')).toBe(spec.limits.memory);
  });

  test('the gateway, Prometheus and the page know every function', () => {
    const remote = serviceOf('gateway').environment?.GATEWAY_REMOTE ?? '';
    expect(remote.split(',').map((entry) => entry.trim())).toEqual(
      plans.map(({ name }) => `${name}=http://${name}:8080`),
    );
    const prometheus = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[] }[] }[];
    };
    const job = prometheus.scrape_configs.find(({ job_name }) => job_name === 'functions');
    expect(job?.dns_sd_configs[0]?.names).toEqual(plans.map(({ name }) => name));
  });

  const composer = ['docker compose', 'docker-compose'].find((command) => {
    const [program = '', ...args] = command.split(' ');
    const { status, stdout } = spawnSync(program, [...args, 'version'], { encoding: 'utf8' });
    return status === 0 && stdout.startsWith('Docker Compose version');
  });
  if (!composer) console.log('no docker compose here, so it does not read deploy/compose.yaml');

  test.skipIf(!composer)('docker compose reads it, and asks for the key that it needs', () => {
    const [program = '', ...args] = (composer ?? '').split(' ');
    const config = (env: Record<string, string>) =>
      spawnSync(program, [...args, '-f', `${root}deploy/compose.yaml`, '--profile', 'watch', 'config', '--quiet'], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      });
    expect(config({ STORE_SECRET_KEY: 'x', GRAFANA_PASSWORD: 'x' })).toMatchObject({ status: 0, stderr: '' });
    expect(config({ STORE_SECRET_KEY: 'x' }).stderr).toMatch(/Set GRAFANA_PASSWORD/);
    expect(config({ GRAFANA_PASSWORD: 'x' }).stderr).toMatch(/Set STORE_SECRET_KEY/);
  });
});

describe('deploy/kubernetes', () => {
  const files = readdirSync(`${root}deploy/kubernetes`);
  const all = files.flatMap((file) => parseAllDocuments(read(`deploy/kubernetes/${file}`)).map((item) => item.toJS()));

  test('every file is applied, and no secret is in one', () => {
    const [kustomization] = all.filter(({ kind }) => kind === 'Kustomization');
    expect(kustomization.resources.sort()).toEqual(files.filter((file) => file !== 'kustomization.yaml').sort());
    expect(all.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('the gRPC edge has 5 to 10 pods at half their processors', () => {
    const { spec } = all.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect([spec.minReplicas, spec.maxReplicas, spec.metrics[0].resource.target.averageUtilization]).toEqual([
      5, 10, 50,
    ]);
  });
});

describe.each(['template/node-ts/Dockerfile', 'deploy/Dockerfile', 'grpc/Dockerfile'])('%s', (file) => {
  const stages = read(file)
    .split(/^(?=FROM )/m)
    .slice(1);

  test('runs nothing on the processor that the image is for, so that nothing is emulated', () => {
    const foreign = new Set<string>();
    for (const stage of stages) {
      const [, from = '', name = ''] = /^FROM (?:--platform=\S+ )?(\S+) AS (\S+)/.exec(stage) ?? [];
      if (!/TARGETPLATFORM/.test(stage.split('\n')[0] ?? '') && !foreign.has(from)) continue;
      foreign.add(name);
      expect([name, stage.match(/^RUN .*/m)]).toEqual([name, null]);
    }
    expect([...foreign]).toContain('ship');
  });
});

test('the release pushes what the manifests and compose name', () => {
  const release = parse(read('.github/workflows/release.yml')) as {
    jobs: Record<string, { steps: { run?: string }[] }>;
  };
  const commands = Object.values(release.jobs).flatMap(({ steps }) => steps.map(({ run = '' }) => run));
  expect(commands.join('\n')).toMatch(/npm run images -- .*--programs.*--push.*--platforms linux\/amd64,linux\/arm64/s);
  const { stdout } = spawnSync('npm', ['run', '-s', 'images', '--', 'rotate-fn', '--programs', '--dry-run'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const name of ['rotate-fn', 'gateway', 'idler', 'grpc-edge']) expect(stdout).toContain(`/${name}:latest`);
});
