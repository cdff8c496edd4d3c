import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { ROOT } from '../system/start.mjs';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  /** Versions of what does the work. */
  packages: Record<string, string>;
  models: string[];
  commit: string;
  /** Other work on the machine when the run began: the mean number of running processes in the last minute. */
  loadBefore: number;
}

/** What a reader must know of the machine and of what ran on it. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    packages: Object.fromEntries(['sharp', 'onnxruntime-node'].map((name) => [name, versionOf(name)])),
    models: modelsThere(),
    commit: commit(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function modelsThere(): string[] {
  const folder = path.join(ROOT, 'models');
  return readdirSync(folder).filter((id) => existsSync(path.join(folder, id, 'image.onnx')));
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, stdio: 'pipe' }).toString().trim();
  } catch {
    return 'unknown';
  }
}
