import type { ObjectStore } from '#storage/store';
import { retentionFromEnv, sweeper } from '#storage/store-retention';

/** How long this function keeps what it puts into the store, and how much of it. */
export const retention = retentionFromEnv();

let sweep: ((bytes: number) => Promise<void>) | undefined;

/** Makes room in the store, now and then; to be called after something was put. Nobody waits for it. */
export function scheduleSweep(store: ObjectStore, bytes: number): void {
  sweep ??= sweeper(store, retention);
  void sweep(bytes);
}
