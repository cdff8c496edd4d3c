import type { FunctionSpec } from '../stack/stack.ts';
import type { Processes } from './processes.ts';
import type { FunctionSettings } from './settings.ts';
import type { Upstream } from './upstream.ts';

/** A function as this gateway serves it. */
export interface Deployed {
  spec: FunctionSpec;
  settings: FunctionSettings;
  upstream: Upstream;
  /** Those of this machine; undefined where it runs on other hosts. */
  processes: Processes | undefined;
  createdAt: Date;
}

/** The functions of this gateway, by name. */
export class Registry {
  private readonly functions = new Map<string, Deployed>();
  private readonly draining = new Set<Upstream>();

  /** Takes a function in; one of the same name answers what it has and ends. */
  add(deployed: Deployed): void {
    this.remove(deployed.spec.name);
    this.functions.set(deployed.spec.name, deployed);
  }

  /** @returns whether there was one */
  remove(name: string): boolean {
    const upstream = this.functions.get(name)?.upstream;
    if (!upstream) return false;
    this.functions.delete(name);
    this.draining.add(upstream);
    void upstream.finish().finally(() => this.draining.delete(upstream));
    return true;
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
    await Promise.all(this.upstreams().map((upstream) => upstream.stop()));
  }

  kill(): void {
    for (const upstream of this.upstreams()) upstream.kill();
  }

  private upstreams(): Upstream[] {
    return [...this.all().map(({ upstream }) => upstream), ...this.draining];
  }
}
