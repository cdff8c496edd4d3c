import { answerText } from '../http/answer.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { Deployed } from '../pool/registry.ts';
import { bareName } from '../stack/names.ts';
import type { Answer } from './system-options.ts';

/** One alert as Prometheus's Alertmanager sends it; what another program sends may lack any of it. */
interface Alert {
  status?: unknown;
  labels?: { function_name?: unknown } | null;
}

/**
 * Takes Alertmanager's word on a function's load, as OpenFaaS does: while an alert fires, each telling adds
 * `com.openfaas.scale.factor` percent of the function's most replicas; when it is resolved, the least of them stay.
 */
export const takeAlert: Answer = async ({ request, response }, { registry }) => {
  const { alerts } = await readJsonBody(request);
  if (alerts !== undefined && alerts !== null && !Array.isArray(alerts)) {
    return answerText(response, 400, 'Unable to parse alert, bad format.');
  }
  for (const alert of (alerts ?? []) as (Alert | null)[]) {
    const name = alert?.labels?.function_name;
    const deployed = typeof name === 'string' ? registry.get(bareName(name)) : undefined;
    if (deployed) heed(deployed, alert?.status === 'firing');
  }
  answerText(response, 200, '');
};

function heed({ settings, upstream }: Deployed, firing: boolean): void {
  const { minReplicas, maxReplicas, scaleFactor } = settings;
  const step = Math.ceil((maxReplicas * scaleFactor) / 100);
  const { replicas } = upstream.count();
  const wanted = firing && step > 0 ? Math.min(replicas + step, maxReplicas) : minReplicas;
  if (wanted !== replicas) upstream.scale(wanted);
}
