/** The one namespace this gateway serves; clients may write it after a function's name. */
export const NAMESPACE = 'openfaas-fn';

/** Whether a name is one that OpenFaaS accepts for a function: a DNS label of at most 63 characters. */
export function isFunctionName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/** `clip-fn` and `clip-fn.openfaas-fn` → `clip-fn`; any other namespace stays part of the (then unknown) name. */
export function bareName(name: string): string {
  const suffix = `.${NAMESPACE}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

/** The message about an unknown function, for callers and for callbacks of queued calls. */
export function notDeployed(name: string): string {
  return `error finding function ${fullName(name)}: it is not deployed on this gateway`;
}

/** The form used in metrics and messages: `clip-fn.openfaas-fn`. */
export function fullName(name: string): string {
  return `${name}.${NAMESPACE}`;
}
