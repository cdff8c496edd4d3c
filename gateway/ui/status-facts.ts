import type { ErrorEntry } from '../api/recent.ts';
import type { RecentSummary } from '../api/recent-calls.ts';
import { heldBytes } from '../pool/memory.ts';
import type { State } from '../pool/processes.ts';
import type { Deployed } from '../pool/registry.ts';

/** One function, as `/ui/` shows it. */
export interface FunctionFacts {
  name: string;
  state: State;
  /** How long its last start took, ms. */
  startMs: number | undefined;
  replicas: number;
  available: number;
  /** Since the gateway started. */
  calls: number;
  perSecond: number;
  recent: RecentSummary;
  /** Memory of its processes in bytes; undefined if it runs elsewhere, or if the system does not say. */
  memory: number | undefined;
}

/** The data of `/ui/`. */
export interface StatusFacts {
  version: string;
  /** Seconds since the gateway started. */
  uptime: number;
  functions: FunctionFacts[];
  /** For all functions together. */
  recent: RecentSummary;
  /** Calls per second, every two seconds, oldest first. */
  history: number[];
  queue: { pending: number; deadLetters: number } | undefined;
  /** Memory of the gateway's own process in bytes. */
  ownMemory: number;
  /** The title of clip-fn's model. */
  model: string | undefined;
  recentErrors: ErrorEntry[];
  /** Links: texts and addresses. */
  links: (readonly [text: string, address: string])[];
}

/** Where calls are counted. */
interface Counters {
  calls(name: string): number;
  perSecond(name: string): number;
  recent(name: string): RecentSummary;
}

/** The data of one function. */
export async function factsOf(deployed: Deployed, counters: Counters): Promise<FunctionFacts> {
  const { spec, upstream, processes } = deployed;
  const { name } = spec;
  const { replicas, available } = upstream.count();
  const held = await Promise.all((processes?.pids ?? []).map(heldBytes));
  const known = held.filter((bytes) => bytes !== undefined);
  return {
    name,
    state: processes?.state ?? (available > 0 ? 'ready' : 'failed'),
    startMs: processes?.startMs,
    replicas,
    available,
    calls: counters.calls(name),
    perSecond: counters.perSecond(name),
    recent: counters.recent(name),
    memory: known.length > 0 ? known.reduce((sum, bytes) => sum + bytes, 0) : undefined,
  };
}
