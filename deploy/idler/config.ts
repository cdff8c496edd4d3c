import { readFileSync } from 'node:fs';
import { envNumber, envText } from '#config/env';

/** The idler's settings. Times in milliseconds. */
export interface Config {
  /** Addresses of the gateways' metrics; all must answer before a function counts as idle. */
  metrics: string[];
  /** Idle times by function; `*` for all functions without an entry. */
  idleAfter: Map<string, number>;
  lookEvery: number;
  driver: GatewaySettings | KubernetesSettings;
  /** Only logs what it would do. */
  dryRun: boolean;
}

/** Scales by OpenFaaS's `/system/scale-function`, for gateways that accept 0 replicas. */
export interface GatewaySettings {
  kind: 'gateway';
  url: string;
  user: string;
  password: string;
}

/** Scales by the scale subresource of deployments; the gateway wakes them. */
export interface KubernetesSettings {
  kind: 'kubernetes';
  url: string;
  namespace: string;
  token(): string;
  ca: Buffer | undefined;
}

const POD = '/var/run/secrets/kubernetes.io/serviceaccount';
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** @throws Error that names the invalid variable */
export function readConfig(): Config {
  const kind = envText('IDLER_DRIVER', 'gateway');
  if (kind !== 'gateway' && kind !== 'kubernetes')
    throw new Error(`IDLER_DRIVER is "${kind}", not gateway or kubernetes.`);
  return {
    metrics: envText('IDLER_METRICS', 'http://127.0.0.1:8082/metrics').split(',').map(addressOf('IDLER_METRICS')),
    idleAfter: idleTimes(envText('IDLER_FUNCTIONS', '*=15m')),
    lookEvery: envNumber('IDLER_EVERY_SECONDS', 30, { min: 1, max: 3600 }) * 1000,
    driver: kind === 'gateway' ? gatewaySettings() : kubernetesSettings(),
    dryRun: envText('IDLER_DRY_RUN', '') === 'true',
  };
}

/** `*=15m,clip-fn=1h,frontend-fn=never`. */
export function idleTimes(text: string): Map<string, number> {
  return new Map(
    text.split(',').map((entry) => {
      const [, name, amount, unit] = /^\s*(\*|[a-z0-9-]+)\s*=\s*(?:(\d{1,6})([smh])|never)\s*$/.exec(entry) ?? [];
      if (!name) throw new Error(`IDLER_FUNCTIONS has "${entry}", not a function and a time such as clip-fn=15m.`);
      return [name, unit ? Number(amount) * (UNITS[unit] as number) : Number.POSITIVE_INFINITY];
    }),
  );
}

function addressOf(variable: string): (text: string) => string {
  return (text) => {
    const address = text.trim();
    if (/^https?:/.test(address) && URL.canParse(address)) return address;
    throw new Error(`${variable} has "${address}", not an address such as http://gateway.openfaas:8082/metrics.`);
  };
}

function gatewaySettings(): GatewaySettings {
  const file = envText('IDLER_PASSWORD_FILE', '/var/openfaas/secrets/basic-auth-password');
  return {
    kind: 'gateway',
    url: addressOf('GATEWAY_URL')(envText('GATEWAY_URL', 'http://127.0.0.1:8080')).replace(/\/$/, ''),
    user: envText('IDLER_USER', 'admin'),
    password: fileFor('IDLER_PASSWORD_FILE', file).toString('utf8').trim(),
  };
}

function kubernetesSettings(): KubernetesSettings {
  const host = envText('KUBERNETES_SERVICE_HOST', '');
  const inside = `https://${host.includes(':') ? `[${host}]` : host}:${envText('KUBERNETES_SERVICE_PORT', '443')}`;
  const tokenFile = envText('IDLER_TOKEN_FILE', `${POD}/token`);
  const caFile = envText('IDLER_CA_FILE', `${POD}/ca.crt`);
  return {
    kind: 'kubernetes',
    url: addressOf('IDLER_KUBERNETES_URL')(envText('IDLER_KUBERNETES_URL', inside)).replace(/\/$/, ''),
    namespace: envText('IDLER_NAMESPACE', 'openfaas-fn'),
    // Read each time, because Kubernetes renews it within the hour.
    token: () => fileFor('IDLER_TOKEN_FILE', tokenFile).toString('utf8').trim(),
    ca: fileFor('IDLER_CA_FILE', caFile),
  };
}

function fileFor(variable: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new Error(`${variable} is "${file}", which cannot be read.`);
  }
}
