import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { envNumber } from '#config/env';
import { createSemaphore, type Semaphore } from './limiter.ts';
import { Uploads } from './uploads.ts';

const MIB = 1024 * 1024;
/** What a function's process holds at rest: Node, libraries, the answer cache (measured). */
const AT_REST = 80 * MIB;
/** What a child process keeps after work on large pictures (measured: 51 to 61 MiB). */
const CHILD_AT_REST = 64 * MIB;
/** The same in addition, with a segmentation model (measured: 85 to 105 MiB in all). */
const CHILD_MODEL = 32 * MIB;
/** What a child keeps that only does small work and reads headers, and one that has done nothing yet. */
export const SMALL_CHILD_AT_REST = 32 * MIB;
/** One child process reads headers, another those of small files, and one does small work. */
const SMALL_CHILDREN = 3;
/** The share of the limit for each child process, so that one may still hold a large picture. */
const FOR_CHILD = 448 * MIB;
/** Minimum memory for work, however small the limit. */
const LEAST = 32 * MIB;
/** Maximum memory for small work: a cutout of a small picture with the bundled model. */
const SMALL_WORK = 80 * MIB;
/** Without a limit. */
const UNLIMITED = 2048 * MIB;
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

/** The file in a group and in all its ancestors: each limit applies. A container may only see the root. */
function upwards(root: string, group: string, file: string): string[] {
  const parts = group.split('/').filter((part) => part !== '' && part !== '..');
  return Array.from({ length: parts.length + 1 }, (_, depth) => path.join(root, ...parts.slice(0, depth), file));
}

/** How a memory limit is divided, in bytes. */
export interface Shares {
  /** Request bodies, from their first byte until the answer. */
  bodies: number;
  /** Small bodies, which do not wait behind large ones. */
  smallBodies: number;
  /** Work, and answers until they are sent. */
  work: number;
  /** Small work, which does not wait behind large work. */
  smallWork: number;
}

/** Bytes that a process without children may use beyond what it holds at rest. */
export function freeBytes(limit: number | undefined, atRest = AT_REST): number {
  return limit === undefined ? UNLIMITED : Math.max(LEAST, Math.floor((limit - atRest) * 0.95));
}

/** @param models whether child processes load a segmentation model @param pieces concurrent jobs */
export function shares(limit: number | undefined, models = false, pieces = piecesAtOnce(limit)): Shares {
  const free = freeBytes(limit, AT_REST + keptByChildren(pieces, models));
  const [bodies, smallBodies] = [Math.floor(free / 4), Math.floor(free / 32)];
  const smallWork = Math.min(SMALL_WORK, Math.floor(free / 14));
  return { bodies, smallBodies, work: free - bodies - smallBodies - smallWork, smallWork };
}

function keptByChildren(pieces: number, models: boolean): number {
  return pieces * (CHILD_AT_REST + (models ? CHILD_MODEL : 0)) + SMALL_CHILDREN * SMALL_CHILD_AT_REST;
}

/** Maximum number of child processes kept, so that neither large nor small work waits for one to start. */
export function childrenKept(): number {
  return piecesAtOnce() + SMALL_CHILDREN;
}

/** Concurrent jobs: one per processor, if there is memory for the processes. */
export function piecesAtOnce(limit = memoryLimit(), processors = availableParallelism()): number {
  const threads = envNumber('UV_THREADPOOL_SIZE', 4, { min: 1, max: 1_024 });
  const fitting = limit === undefined ? threads : Math.max(1, Math.floor(limit / FOR_CHILD));
  return Math.min(processors, threads, fitting);
}

const share = shares(memoryLimit());
export const bodyBudget: Semaphore = createSemaphore(share.bodies, 128);
/** Bodies of requests. */
export const uploads = new Uploads({ large: bodyBudget, small: createSemaphore(share.smallBodies, 512) });
export const workBudget: Semaphore = createSemaphore(share.work, 64, share.smallWork);
/** Work that holds more is large. */
export const smallWorkBytes = share.smallWork;

let modelsInChildren = false;

/** Called by a function whose child processes load a segmentation model; reduces the memory for work accordingly. */
export function countModelsInChildren(): void {
  if (modelsInChildren) return;
  modelsInChildren = true;
  workBudget.reserve(share.work - shares(memoryLimit(), true).work);
}

/** Bytes that all child processes together may keep between jobs. */
export function childrenMayKeep(): number {
  return keptByChildren(piecesAtOnce(), modelsInChildren);
}

/** Called once a process has loaded what it keeps, such as a model; reduces the memory for work accordingly. */
export function countRest(): void {
  workBudget.reserve(Math.max(0, process.memoryUsage().rss - AT_REST));
}
