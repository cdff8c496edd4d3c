import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes outside V8's heap that are left to V8: its own collector hardly sees them. */
const LEFT = 32 * 1024 * 1024;

let collect: (() => void) | undefined;

/**
 * Lets go of buffers that nobody holds any more. V8 does so when it next collects, and what a piece
 * of work has left until then would stand beside the next one, for which all of the memory was set aside. Does nothing
 * while they are few: a collection takes some milliseconds.
 */
export function releaseBuffers(): void {
  if (process.memoryUsage().external < LEFT) return;
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
