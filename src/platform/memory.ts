import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createLimiter, type Limiter } from './limiter.ts';

const MIB = 1024 * 1024;
/** What Node, the libraries, the cache of answers and a cut-out model hold before any picture comes (measured). */
const AT_REST = 128 * MIB;
/** The least there is to work with, however small the limit. */
const LEAST = 32 * MIB;
/** Where nothing limits the process. */
const UNLIMITED = 2048 * MIB;
/** Of what is left, this share is for request bodies; the rest is for work and unsent answers. */
const FOR_BODIES = 0.25;
/** Kernels write "no limit" as a number near 2^63. */
const NO_LIMIT = 2 ** 60;

type Read = (file: string) => string | undefined;

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * How many bytes this process may hold: what the embedded gateway says (`MEMORY_LIMIT_BYTES`) or the smallest limit of
 * its control groups, version 2 or 1. `undefined` where nothing limits it.
 */
export function memoryLimit(env: NodeJS.ProcessEnv = process.env, read: Read = readText): number | undefined {
  const told = Number(env.MEMORY_LIMIT_BYTES);
  const limits = [told > 0 ? told : undefined, ...groupLimits(read)].filter((limit) => limit !== undefined);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}

function groupLimits(read: Read): number[] {
  const lines = (read('/proc/self/cgroup') ?? '').split('\n');
  const files = lines.flatMap((line) => {
    const [, controllers = '', group = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === '') return upwards('/sys/fs/cgroup', group, 'memory.max');
    return controllers.split(',').includes('memory')
      ? upwards('/sys/fs/cgroup/memory', group, 'memory.limit_in_bytes')
      : [];
  });
  return files.flatMap((file) => {
    const limit = Number(read(file)?.trim() || Number.NaN);
    return limit > 0 && limit < NO_LIMIT ? [limit] : [];
  });
}

/** The file in a group and in all above it: the limit of each holds. Inside a container only the root may be seen. */
function upwards(root: string, group: string, file: string): string[] {
  const parts = group.split('/').filter((part) => part !== '' && part !== '..');
  return Array.from({ length: parts.length + 1 }, (_, depth) => path.join(root, ...parts.slice(0, depth), file));
}

/** Bytes that may be held at once for one purpose, given out in the order they are asked for. */
export interface Budget {
  /** Bytes; what needs more can never run. */
  readonly total: number;
  /**
   * Runs work that holds so many bytes, as soon as they are free.
   * @throws Problem `busy` when too many wait; an `AbortError` when the caller leaves
   */
  run: <T>(bytes: number, work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
  /**
   * Takes bytes until the returned function is called.
   * @throws as `run` does
   */
  take: (bytes: number, signal?: AbortSignal) => Promise<() => void>;
}

export function createBudget(total: number, waiting = 64): Budget {
  const limited: Limiter = createLimiter({ running: total, waiting });
  return {
    total,
    run: (bytes, work, signal) => limited(work, signal, bytes),
    take: (bytes, signal) =>
      new Promise((resolve, reject) => {
        const held = () => new Promise<void>((free) => resolve(() => free()));
        limited(held, signal, bytes).catch(reject);
      }),
  };
}

/** Divides a memory limit between request bodies and work. @returns bytes */
export function shares(limit: number | undefined): { bodies: number; work: number } {
  const free = limit === undefined ? UNLIMITED : Math.max(LEAST, Math.floor((limit - AT_REST) * 0.95));
  const bodies = Math.floor(free * FOR_BODIES);
  return { bodies, work: free - bodies };
}

const share = shares(memoryLimit());
/** Bodies of requests, from their first byte until their work is done. */
export const bodyBudget: Budget = createBudget(share.bodies, 128);
/** Pictures that are worked on, and answers until they are sent. */
export const workBudget: Budget = createBudget(share.work, 64);
