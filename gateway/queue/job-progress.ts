import { JOB_ID } from './job.ts';

/** How far a job has come. It stands in the name of its file: a rename changes all of it at once. */
export interface Progress {
  /** Deliveries that ended and say something about the job. */
  attempts: number;
  /** Deliveries that ended with the gateway: killed in the middle of them. They are no attempts. */
  interruptions: number;
  /** How often its callback failed. */
  callbackAttempts: number;
  /** When it may be tried next, milliseconds since 1970; 0: now. */
  nextAt: number;
  /** A delivery has begun. A gateway that finds this at its start knows that the one before was killed. */
  running: boolean;
}

export const NO_PROGRESS: Progress = { attempts: 0, interruptions: 0, callbackAttempts: 0, nextAt: 0, running: false };

/** `<id>.<attempts>.<interruptions>.<callback attempts>.<next at>[.running]` */
export function progressName(id: string, progress: Progress): string {
  const { attempts, interruptions, callbackAttempts, nextAt, running } = progress;
  return `${[id, attempts, interruptions, callbackAttempts, nextAt].join('.')}${running ? '.running' : ''}`;
}

const NAME = /^([^.]+)\.(\d{1,9})(?:\.(\d{1,9})\.(\d{1,9})\.(\d{1,15})(\.running)?)?$/;

/** Reads a file's name; gateways before this one wrote `<id>.<attempts>`. @returns undefined when it is no job's */
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
