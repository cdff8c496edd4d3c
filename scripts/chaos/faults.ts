import { closeSync, openSync, renameSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import { processesOf } from '../stress/processes.ts';
import type { World } from './world.ts';

/** One kind of fault. */
export interface Fault {
  name: string;
  /** Seconds until it is undone; 0: over at once. */
  holds: number;
  /** @returns what undoes it */
  begin(): Promise<(() => Promise<void> | void) | undefined>;
}

/** All faults that are possible here. @param pick chooses a number below its argument */
export function faultsOf(world: World, pick: (count: number) => number): Fault[] {
  return [...processFaults(world, pick), ...serviceFaults(world), ...diskFaults(world), ...clockFaults(world)];
}

function processFaults(world: World, pick: (count: number) => number): Fault[] {
  const someFunction = (): number | undefined => {
    const running = processesOf(world.system().pid).filter(({ name }) => name !== 'gateway');
    return running[pick(Math.max(1, running.length))]?.pid;
  };
  return [
    moment('a function killed', () => signal(someFunction(), 'SIGKILL')),
    moment('the gateway killed', () => world.restart('kill')),
    moment('the gateway restarted', () => world.restart('stop')),
    {
      name: 'a function frozen',
      holds: 5,
      begin: async () => {
        const pid = someFunction();
        signal(pid, 'SIGSTOP');
        return () => signal(pid, 'SIGCONT');
      },
    },
    { name: 'the model removed', holds: 5, begin: async () => removeModel(world) },
  ];
}

/** A fault that is over at once. */
function moment(name: string, does: () => Promise<void> | void): Fault {
  const begin = async (): Promise<undefined> => {
    await does();
  };
  return { name, holds: 0, begin };
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // It has exited meanwhile.
  }
}

/** Removes the model's files, and kills the process that has them open. @returns restores them */
function removeModel({ models, system }: World): () => void {
  const there = path.join(models, 'clip-mini');
  renameSync(there, `${there}.gone`);
  for (const { pid, name } of processesOf(system().pid)) if (name === 'clip-fn') signal(pid, 'SIGKILL');
  return () => renameSync(`${there}.gone`, there);
}

function serviceFaults({ redis, s3 }: World): Fault[] {
  return [
    { name: 'Redis killed', service: redis },
    { name: 'S3 killed', service: s3 },
  ].flatMap(({ name, service }) =>
    service ? [{ name, holds: 5, begin: () => service.kill().then(() => () => service.start()) }] : [],
  );
}

const MIB = 1024 ** 2;

function diskFaults({ disk }: World): Fault[] {
  if (disk === undefined) return [];
  const filler = path.join(disk, 'filler');
  const begin = async (): Promise<() => void> => {
    fill(disk, filler);
    return () => rmSync(filler);
  };
  return [{ name: 'the disk full', holds: 5, begin }];
}

/** Writes until the disk is full. */
function fill(disk: string, file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (let size = MIB; size > 0; size = Math.floor(size / 2)) {
      const { bavail, bsize } = statfsSync(disk);
      for (let times = Math.ceil((bavail * bsize) / size); times > 0; times--) writeSync(handle, Buffer.alloc(size));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
}

function clockFaults({ clock }: World): Fault[] {
  if (!clock) return [];
  const jump = (name: string, offset: string): Fault => ({
    name,
    holds: 5,
    begin: async () => {
      clock.set(offset);
      return () => clock.set('+0');
    },
  });
  return [jump('the clock an hour ahead', '+3600'), jump('the clock an hour behind', '-3600')];
}
