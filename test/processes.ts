import { readFileSync } from 'node:fs';

/** Clock ticks of CPU that a process has used; `undefined` once it is gone or only its entry is left. Linux only. */
export function ticksOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}
