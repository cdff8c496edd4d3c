import type { Limited } from './cgroup.mjs';

/** @returns the statuses of its requests, and then of an ordinary one */
type Attack = (target: Limited) => Promise<number[]>;

export const ATTACKS: Record<string, Attack>;
export const SHORT_ATTACKS: Record<string, Attack>;
export const FINE: ReadonlySet<number>;
