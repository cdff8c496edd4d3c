import { inject } from 'vitest';
import { GATEWAY_URL, type System, startSystem } from './system.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where shared.setup.ts answers. */
    shared: string;
  }
}

/** All functions of stack.yml. */
export const FUNCTIONS = [
  'clip-fn',
  'rotate-fn',
  'resize-fn',
  'grayscale-fn',
  'denoise-fn',
  'cutout-fn',
  'transform-fn',
  'pipeline-fn',
  'frontend-fn',
];

/** `plain` is a system as it comes; the page's may fetch pictures from this machine. */
export type SharedKind = 'plain' | 'page';

export interface SharedSystem extends Pick<System, 'url' | 'authorization'> {
  /** Of its object store. */
  folder: string;
  /** All it has printed so far. */
  output(): Promise<string>;
}

async function ask<T>(what: string): Promise<T> {
  const response = await fetch(`${inject('shared')}/${what}`);
  const found = await response.json();
  if (!response.ok) throw new Error(String(found));
  return found as T;
}

/**
 * A system that other files of tests use at the same time, so that nothing in it is killed,
 * scaled or counted. It starts at the first call of the run, and needs no stop.
 */
export async function sharedSystem(kind: SharedKind = 'plain'): Promise<SharedSystem> {
  if (!GATEWAY_URL) return { ...(await ask<SharedSystem>(kind)), output: () => ask<string>(`${kind}/output`) };
  const { url, authorization } = await startSystem();
  return { url, authorization, folder: '', output: async () => '' };
}

/**
 * Where the browser answers that all files drive, each in profiles of its own; nowhere in a run
 * without shared.setup.ts.
 */
export async function sharedBrowser(): Promise<string | undefined> {
  return inject('shared') ? ask<string>('browser') : undefined;
}
