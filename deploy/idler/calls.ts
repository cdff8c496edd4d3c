/** What a gateway has counted for one function since it started. */
export interface Calls {
  started: number;
  ended: number;
}

/** One sample of Prometheus' text format, as far as OpenFaaS's gateway writes it. */
const SAMPLE = /^(gateway_function_invocation_(?:started|total))\{([^}]*)\}\s+(\S+)/;

/**
 * Reads the calls of each function from gateways' metrics, summed over all texts.
 * @returns by the function's name, without its namespace
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
