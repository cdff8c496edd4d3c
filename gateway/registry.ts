import type { FunctionSettings } from './settings.ts';
import type { FunctionSpec } from './stack.ts';
import type { Upstream } from './upstream.ts';

/** A function as this gateway serves it. */
export interface Deployed {
  spec: FunctionSpec;
  settings: FunctionSettings;
  upstream: Upstream;
  createdAt: Date;
}

/** The functions of this gateway, by name. */
export class Registry {
  private readonly functions = new Map<string, Deployed>();

  add(deployed: Deployed): void {
    this.functions.set(deployed.spec.name, deployed);
  }

  get(name: string): Deployed | undefined {
    return this.functions.get(name);
  }

  all(): Deployed[] {
    return [...this.functions.values()];
  }

  /** How many places take each function's requests now. */
  available(): Map<string, number> {
    return new Map(this.all().map(({ spec, upstream }) => [spec.name, upstream.count().available]));
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map(({ upstream }) => upstream.stop()));
  }

  kill(): void {
    for (const { upstream } of this.functions.values()) upstream.kill();
  }
}
