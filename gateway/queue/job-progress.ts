import { JOB_ID } from './job.ts';

/** The progress of a job. It is in the name of its file: a rename changes all of it atomically. */
export interface Progress {
  /** Deliveries that ended with a result. */
  attempts: number;
  /** Deliveries interrupted because the gateway was killed. They do not count as attempts. */
  interruptions: number;
  /** How often its callback failed. */
  callbackAttempts: number;
  /** Time of the next attempt, milliseconds since 1970; 0: now. */
  nextAt: number;
  /** A delivery has begun. If a gateway finds this at start-up, the previous one was killed. */
  running: boolean;
}

export const NO_PROGRESS: Progress = { attempts: 0, interruptions: 0, callbackAttempts: 0, nextAt: 0, running: false };

/** `<id>.<attempts>.<interruptions>.<callback attempts>.<next at>[.running]` */
export function progressName(id: string, progress: Progress): string {
  const { attempts, interruptions, callbackAttempts, nextAt, running } = progress;
  return `${[id, attempts, interruptions, callbackAttempts, nextAt].join('.')}${running ? '.running' : ''}`;
}

const NAME = /^([^.]+)\.(\d{1,9})(?:\.(\d{1,9})\.(\d{1,9})\.(\d{1,15})(\.running)?)?$/;

/** Parses a file's name; older versions wrote `<id>.<attempts>`. @returns undefined if it is not a job's */
export function readProgressName(file: string): { id: string; progress: Progress } | undefined {
  const [, id = '', attempts, interruptions = 0, callbackAttempts = 0, nextAt = 0, running] = NAME.exec(file) ?? [];
  if (!JOB_ID.test(id)) return undefined;
  const progress = {
    attempts: Number(attempts),
    interruptions: Number(interruptions),
    callbackAttempts: Number(callbackAttempts),
    nextAt: Number(nextAt),
    running: running !== undefined,
  };
  return { id, progress };
}
