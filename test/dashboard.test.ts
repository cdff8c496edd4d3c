import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '#storage/store.testing';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

/* A real Prometheus looks at the running system; every query of the dashboard and of the rules must find something. */

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url));
const installed = (name: string) => !spawnSync(name, ['--version']).error;
const here = installed('prometheus') && installed('promtool');
if (!here) console.log('no prometheus and promtool here, so the dashboard and the rules are not tried');

const FUNCTIONS = ['rotate-fn', 'clip-fn', 'pipeline-fn'];

describe.skipIf(!here)('what Prometheus sees', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-prometheus-'));
  const children: ChildProcess[] = [];
  let system: System;
  let prometheus: string;
  const over = new AbortController();
  let using: Promise<void>;

  beforeAll(async () => {
    const [metrics, grpc, grpcMetrics, own] = [await freePort(), await freePort(), await freePort(), await freePort()];
    system = await startSystem({}, { metricsPort: metrics });
    const edge = { GATEWAY_URL: system.url, GRPC_PORT: String(grpc), GRPC_METRICS_PORT: String(grpcMetrics) };
    children.push(
      spawn(process.execPath, ['dist/grpc/index.js'], { env: { ...process.env, ...edge }, stdio: 'ignore' }),
    );
    const gateway = new URL(system.url).host;
    const functions = FUNCTIONS.map((name) => ({
      job_name: name,
      metrics_path: `/function/${name}/metrics`,
      static_configs: [{ targets: [gateway], labels: { function: name } }],
    }));
    const programs = [
      { job_name: 'gateway', static_configs: [{ targets: [`127.0.0.1:${metrics}`] }] },
      { job_name: 'grpc-edge', static_configs: [{ targets: [`127.0.0.1:${grpcMetrics}`] }] },
    ];
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [path.join(deploy, 'prometheus/rules.yml')],
      scrape_configs: [...programs, ...functions],
    };
    writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config));
    const flags = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    children.push(spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${own}`], { stdio: 'ignore' }));
    prometheus = `http://127.0.0.1:${own}`;
    using = use(system, grpc, over.signal);
  }, 60_000);

  afterAll(async () => {
    over.abort();
    await using;
    for (const child of children) {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    }
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The values a query finds, without those that are no number. */
  async function query(expression: string): Promise<string[]> {
    const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`);
    const { data, error } = (await response.json()) as {
      data?: { result: { value: [number, string] }[] };
      error?: string;
    };
    if (!data) throw new Error(`${expression}: ${error}`);
    return data.result.map(({ value }) => value[1]).filter((value) => value !== 'NaN');
  }

  const dashboard = JSON.parse(readFileSync(path.join(deploy, 'grafana/dashboards/obscura.json'), 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }, index): [string, string] => [`${title}, query ${index + 1}`, expr]),
  );

  test.each(queries)('dashboard: %s', async (_, expression) => {
    const filled = expression.replaceAll('$__rate_interval', '1m').replaceAll('$function', '.');
    await expect.poll(() => query(filled), { timeout: 20_000, interval: 500 }).not.toEqual([]);
  });

  const { groups } = parse(readFileSync(path.join(deploy, 'prometheus/rules.yml'), 'utf8')) as {
    groups: { rules: { record?: string; alert?: string; expr: string }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  test.each(rules.flatMap(({ record }) => (record ? [[record]] : [])))('rule %s is worked out', async (record) => {
    await expect.poll(() => query(record), { timeout: 20_000, interval: 500 }).not.toEqual([]);
  });

  test.each(rules.flatMap(({ alert, expr }) => (alert ? [[alert, expr]] : [])))(
    'alert %s looks at metrics that there are',
    async (_, expression = '') => {
      const names =
        expression.match(/\b(?:gateway_|clip_|process_|nodejs_|grpc_server_|obscura:)[a-z0-9_:]+|\bup\b/g) ?? [];
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        await expect.poll(() => query(name), { timeout: 20_000, interval: 500 }).not.toEqual([]);
      }
    },
  );

  test('promtool: the rules, and what they say of made-up days', () => {
    for (const args of [
      ['check', 'rules', 'rules.yml'],
      ['test', 'rules', 'rules.test.yml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: `${deploy}prometheus`, encoding: 'utf8' });
      expect(status, stdout + stderr).toBe(0);
    }
  });
});

/** Calls everything that the dashboard shows, until it is told to stop. */
async function use(system: System, grpcPort: number, over: AbortSignal): Promise<void> {
  const png = new Uint8Array(await picture(64, 48).png().toBuffer());
  const post = async (at: string) => {
    const response = await fetch(`${system.url}${at}`, { method: 'POST', body: png });
    await response.arrayBuffer();
  };
  const { credentials, loadPackageDefinition } = await import('@grpc/grpc-js');
  const { loadSync } = await import('@grpc/proto-loader');
  const proto = loadSync('obscura/v1/image.proto', {
    includeDirs: [fileURLToPath(new URL('../grpc/proto', import.meta.url))],
  });
  // biome-ignore lint/suspicious/noExplicitAny: what is loaded at run time has no types
  const { obscura } = loadPackageDefinition(proto) as any;
  const client = new obscura.v1.ImageService(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  const rotate = () =>
    new Promise((resolve) =>
      client.Rotate({ picture: { data: png }, angle: 90 }, { deadline: Date.now() + 5_000 }, resolve),
    );
  for (let round = 0; !over.aborted; round++) {
    await Promise.all([
      post(`/function/rotate-fn?angle=${round}`),
      post('/function/rotate-fn?angle=45'),
      post('/function/rotate-fn?angle=nonsense'),
      post('/function/clip-fn?labels=cat,dog'),
      post('/function/pipeline-fn?steps=rotate:90'),
      post('/async-function/rotate-fn?angle=90'),
      rotate(),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  client.close();
}
