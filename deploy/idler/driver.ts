import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { text } from 'node:stream/consumers';
import type { GatewaySettings, KubernetesSettings } from './config.ts';

/** Lists the functions that have replicas, and stops them. */
export interface Driver {
  /** Names of the functions that have replicas. @throws Error if the platform does not answer */
  running(): Promise<string[]>;
  /** @throws Error if the platform refuses */
  stop(name: string): Promise<void>;
}

export function createDriver(settings: GatewaySettings | KubernetesSettings): Driver {
  return settings.kind === 'gateway' ? gatewayDriver(settings) : kubernetesDriver(settings);
}

function gatewayDriver({ url, user, password }: GatewaySettings): Driver {
  const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  return {
    running: async () => {
      const listed = (await send('GET', `${url}/system/functions`, { headers })) as {
        name: string;
        replicas?: number;
      }[];
      return listed.filter(({ replicas = 0 }) => replicas > 0).map(({ name }) => name);
    },
    stop: async (name) => {
      const body = JSON.stringify({ serviceName: name, replicas: 0 });
      await send('POST', `${url}/system/scale-function/${encodeURIComponent(name)}`, { headers, body });
    },
  };
}

/** OpenFaaS runs each function as a deployment of its name with the label `faas_function`. */
function kubernetesDriver({ url, namespace, token, ca }: KubernetesSettings): Driver {
  const deployments = `${url}/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`;
  const headers = () => ({ authorization: `Bearer ${token()}` });
  return {
    running: async () => {
      const { items } = (await send('GET', `${deployments}?labelSelector=faas_function`, {
        headers: headers(),
        ca,
      })) as {
        items: { metadata: { name: string }; spec: { replicas?: number } }[];
      };
      return items.filter(({ spec }) => (spec.replicas ?? 1) > 0).map(({ metadata }) => metadata.name);
    },
    stop: async (name) => {
      await send('PATCH', `${deployments}/${encodeURIComponent(name)}/scale`, {
        headers: { ...headers(), 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ spec: { replicas: 0 } }),
        ca,
      });
    },
  };
}

interface Sent {
  headers?: Record<string, string>;
  body?: string;
  ca?: Buffer | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** @returns the answer as JSON, or as text if it is not JSON @throws Error with the address and its answer */
export async function send(method: string, address: string, { headers, body, ca }: Sent = {}): Promise<unknown> {
  const request = address.startsWith('https:') ? secure : plain;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request(address, { method, headers, signal, ...(ca && { ca }) }, (reply) => {
      let bytes = 0;
      reply.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) reply.destroy(new Error('the answer is too long'));
      });
      text(reply).then((body) => resolve({ status: reply.statusCode ?? 0, body }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  }).catch((error: Error) => {
    throw new Error(`${method} ${address}: ${error.message}`);
  });
  if (answer.status >= 300) throw new Error(`${method} ${address}: ${answer.status} ${answer.body.slice(0, 300)}`);
  try {
    return JSON.parse(answer.body);
  } catch {
    return answer.body;
  }
}
