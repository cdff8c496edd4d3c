import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes outside V8's heap that are left to V8's collector. */
const LEFT = 32 * 1024 * 1024;
/** The first collection releases the owners of native memory, which frees it in the next turn of the event loop. */
const COLLECTIONS = 2;

let collect: (() => void) | undefined;

/**
 * Frees unreferenced buffers. V8 would free them at its next collection, and until then they would add to the memory
 * of the next job, whose budget does not include them. Does nothing below a threshold, since a collection takes some
 * milliseconds.
 */
export async function releaseBuffers(): Promise<void> {
  for (let done = 0; done < COLLECTIONS && process.memoryUsage().external >= LEFT; done++) {
    if (!collect) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as () => void;
    }
    collect();
    await setImmediate();
  }
}
