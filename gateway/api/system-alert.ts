import { answerText } from '../http/answer.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { Deployed } from '../pool/registry.ts';
import { bareName } from '../stack/names.ts';
import type { Answer } from './system-options.ts';

/** An alert in Alertmanager's format; other programs may omit any member. */
interface Alert {
  status?: unknown;
  labels?: { function_name?: unknown } | null;
}

/**
 * Scales on Alertmanager's alerts, as OpenFaaS does: each firing alert adds `com.openfaas.scale.factor` percent of the
 * function's maximum; a resolved one scales to the minimum.
 */
export const takeAlert: Answer = async ({ request, response }, { registry }) => {
  const { alerts } = await readJsonBody(request);
  if (alerts !== undefined && alerts !== null && !Array.isArray(alerts)) {
    return answerText(response, 400, 'Unable to parse alert, bad format.');
  }
  for (const alert of (alerts ?? []) as (Alert | null)[]) {
    const name = alert?.labels?.function_name;
    const deployed = typeof name === 'string' ? registry.get(bareName(name)) : undefined;
    if (deployed) scaleOnAlert(deployed, alert?.status === 'firing');
  }
  answerText(response, 200, '');
};

function scaleOnAlert({ settings, upstream }: Deployed, firing: boolean): void {
  const { minReplicas, maxReplicas, scaleFactor } = settings;
  const step = Math.ceil((maxReplicas * scaleFactor) / 100);
  const { replicas } = upstream.count();
  const wanted = firing && step > 0 ? Math.min(replicas + step, maxReplicas) : minReplicas;
  if (wanted !== replicas) upstream.scale(wanted);
}
