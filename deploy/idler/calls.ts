/** A gateway's counts for one function since it started. */
export interface Calls {
  started: number;
  ended: number;
}

/** A sample in Prometheus's text format, as OpenFaaS's gateway writes it. */
const SAMPLE = /^(gateway_function_invocation_(?:started|total))\{([^}]*)\}\s+(\S+)/;

/**
 * Parses the calls of each function from the metrics of all gateways, and adds them up.
 * @returns by the function's name without its namespace
 */
export function readCalls(texts: string[]): Map<string, Calls> {
  const found = new Map<string, Calls>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, metric, labels = '', value] = SAMPLE.exec(line) ?? [];
    const [, name] = /(?:^|,)\s*function_name="([^".]+)[^"]*"/.exec(labels) ?? [];
    if (!metric || !name) continue;
    const calls = found.get(name) ?? { started: 0, ended: 0 };
    found.set(name, calls);
    if (metric.endsWith('started')) calls.started += Number(value);
    else calls.ended += Number(value);
  }
  return found;
}
