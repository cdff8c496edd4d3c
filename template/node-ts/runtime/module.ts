import type { Handler, HandlerModule } from './types.ts';

/** A handler module of any kind. */
export interface Loaded extends Omit<HandlerModule, 'default' | 'body'> {
  handler: Handler;
  /** The module wants the request body as a stream. */
  streaming: boolean;
}

const HOOKS = ['warm', 'close', 'openapi', 'metrics'] as const;

type Exports = Record<string, unknown>;

function isExports(value: unknown): value is Exports {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/**
 * Finds the handler in `export default fn`, `module.exports = fn`, `exports.default = fn` and `exports.handler = fn`,
 * with or without the extra `default` that bundlers and `import()` wrap around CommonJS.
 * @throws Error with what was exported instead, so that a wrong module fails at start-up and not in each call
 */
export function loadModule(namespace: unknown): Loaded {
  const layers: Exports[] = [];
  for (let layer = namespace; isExports(layer) && layers.length < 3; layer = layer.default) layers.push(layer);
  const candidates = [...layers, ...layers.map((layer) => layer.handler)];
  const handler = candidates.find((candidate): candidate is Handler & Exports => typeof candidate === 'function');
  if (!handler) throw new Error(`The handler module exports no function. ${exported(layers)}`);

  const body = layers.map((layer) => layer.body).find((value) => value !== undefined);
  if (body !== undefined && body !== 'stream') {
    throw new Error(`The handler module exports body = ${JSON.stringify(body)}; the only value known is 'stream'.`);
  }
  return { handler, streaming: body === 'stream', ...hooks(layers) };
}

function hooks(layers: Exports[]): Partial<Loaded> {
  const found: Exports = {};
  for (const name of HOOKS) {
    const hook = layers.map((layer) => layer[name]).find((value) => value !== undefined);
    if (hook === undefined) continue;
    if (typeof hook !== 'function') throw new Error(`The handler module exports ${name}, which must be a function.`);
    found[name] = hook;
  }
  return found;
}

function exported(layers: Exports[]): string {
  // Newer versions of Node add `module.exports` under that name.
  const names = [...new Set(layers.flatMap(Object.keys))].filter((name) => name !== 'module.exports');
  const what = names.length === 0 ? 'It exports nothing.' : `It exports: ${names.join(', ')}.`;
  return `${what} Write: export default async (event, context) => { … }`;
}
