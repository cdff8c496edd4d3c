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
  /** Versions of the packages that do the work. */
  packages: Record<string, string>;
  models: string[];
  commit: string;
  /** The load average of the last minute before the run. */
  loadBefore: number;
}

/** Describes the machine and the software under test. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    packages: Object.fromEntries(['sharp', 'onnxruntime-node'].map((name) => [name, versionOf(name)])),
    models: installedModels(),
    commit: commit(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function installedModels(): string[] {
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
