import type { ObjectStore } from '#storage/store';
import { retentionFromEnv, sweeper } from '#storage/store-retention';

/** How long this function keeps objects in the store, and how many bytes of them. */
export const retention = retentionFromEnv();

let sweep: ((bytes: number) => Promise<void>) | undefined;

/** Deletes old objects from time to time, in the background. Call it after each upload. */
export function scheduleSweep(store: ObjectStore, bytes: number): void {
  sweep ??= sweeper(store, retention);
  void sweep(bytes);
}
