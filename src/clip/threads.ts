import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/**
 * The number of processors that this process may use: the smallest CPU quota of its control groups (version 1 or 2),
 * rounded down, at least 1. Without a quota, all processors of the machine. ONNX Runtime's default counts those of the
 * host.
 * @param root where `/proc` and `/sys` are, for tests
 */
export function cpuBudget(root = '/', processors = availableParallelism()): number {
  const quotas = controlGroups(root).flatMap(({ version, folder }) => quotasUpwards(root, version, folder));
  return Math.max(1, Math.floor(Math.min(processors, ...quotas)));
}

interface ControlGroup {
  version: 1 | 2;
  folder: string;
}

/** The control groups of this process, from `/proc/self/cgroup`: `id:controllers:folder`. */
function controlGroups(root: string): ControlGroup[] {
  const lines = read(path.join(root, 'proc/self/cgroup'))?.split('\n') ?? [];
  return lines.flatMap((line): ControlGroup[] => {
    const [id, controllers, folder] = line.split(':');
    if (folder === undefined) return [];
    if (id === '0' && controllers === '') return [{ version: 2, folder }];
    return controllers?.split(',').includes('cpu') ? [{ version: 1, folder }] : [];
  });
}

/** The quotas of a group and its ancestors. Inside a container, only the root may be visible. */
function quotasUpwards(root: string, version: 1 | 2, folder: string): number[] {
  const mounts = version === 2 ? ['sys/fs/cgroup', 'sys/fs/cgroup/unified'] : ['sys/fs/cgroup/cpu'];
  const parts = folder.split('/').filter((part) => part !== '' && part !== '..');
  const folders = Array.from({ length: parts.length + 1 }, (_, depth) => parts.slice(0, depth).join('/'));
  return mounts.flatMap((mount) =>
    folders.flatMap((inner) => quota(path.join(root, mount, inner), version)).filter((cpus) => cpus > 0),
  );
}

function quota(folder: string, version: 1 | 2): number[] {
  const [limit, period] =
    version === 2
      ? (read(path.join(folder, 'cpu.max'))?.trim().split(/\s+/) ?? [])
      : [read(path.join(folder, 'cpu.cfs_quota_us')), read(path.join(folder, 'cpu.cfs_period_us'))];
  const cpus = Number(limit) / Number(period);
  return Number.isFinite(cpus) ? [cpus] : [];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
