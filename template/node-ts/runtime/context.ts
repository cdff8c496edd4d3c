import type { FunctionContext, FunctionEvent, Handler, HeaderValue } from './types.ts';

/** The result of a handler. If it throws or rejects, `invoke` rejects. */
export interface Outcome {
  /** `fail` was called, with `value`. */
  failed: boolean;
  status: number;
  headers: Record<string, HeaderValue>;
  value: unknown;
}

type Settle = (failed: boolean, value: unknown) => void;

/** The context of node18, with the same fields. */
class Context implements FunctionContext {
  statusCode = 200;
  headerValues: Record<string, HeaderValue> = {};
  cbCalled = 0;
  readonly #settle: Settle;

  constructor(settle: Settle) {
    this.#settle = settle;
  }

  status(): number;
  status(code: number): this;
  status(code?: number): number | this {
    if (!code) return this.statusCode;
    this.statusCode = Number(code);
    return this;
  }

  headers(): Record<string, HeaderValue>;
  headers(values: Record<string, HeaderValue>): this;
  headers(values?: Record<string, HeaderValue>): Record<string, HeaderValue> | this {
    if (!values) return this.headerValues;
    this.headerValues = values;
    return this;
  }

  succeed(value?: unknown): void {
    this.cbCalled += 1;
    this.#settle(false, value);
  }

  fail(error?: unknown): void {
    this.cbCalled += 1;
    this.#settle(true, error);
  }
}

/**
 * Calls a handler as node18 does, `handler(event, context, callback)`, and settles with the first of `succeed`, `fail`,
 * the callback, the returned value, or a throw. If the handler takes the callback and returns nothing, it waits.
 * @param late called with errors after the answer, and with second answers
 */
export function invoke(handler: Handler, event: FunctionEvent, late: (error: unknown) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle: Settle = (failed, value) => {
      if (settled) return late(failed && value ? value : new Error('The handler answered a second time.'));
      settled = true;
      resolve({ failed, value, status: context.status(), headers: context.headers() });
    };
    const thrown = (error: unknown) => {
      if (settled) return late(error);
      settled = true;
      reject(error);
    };
    const context = new Context(settle);
    const callback = (error?: unknown, value?: unknown) => (error ? context.fail(error) : context.succeed(value));
    try {
      const returned = (handler as (...args: unknown[]) => unknown)(event, context, callback);
      if (returned === undefined && handler.length >= 3) return;
      Promise.resolve(returned).then((value) => {
        // Returning the context itself, as in `return context.status(204)`, adds no body.
        if (!settled) settle(false, value === context ? undefined : value);
      }, thrown);
    } catch (error) {
      thrown(error);
    }
  });
}
