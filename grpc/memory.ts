import { createSemaphore } from '#process/limiter';
import { freeBytes, memoryLimit } from '#process/memory';
import { SMALL_BYTES, Uploads } from '#process/uploads';

/** What the edge may hold. */
export interface EdgeMemory {
  /** Messages of callers, from their first byte until the call is over. */
  requests: Uploads;
  /** Bytes of the largest answer of a function. */
  mostAnswer: number;
  /** Waits for room for an answer of so many bytes. @returns gives it back @throws Problem `busy` */
  takeAnswer(bytes: number, signal: AbortSignal): Promise<() => void>;
  /** Counts an answer that is there already. @returns gives it back */
  chargeAnswer(bytes: number): () => void;
  /** Characters of the longest line of a stream of events. */
  mostLine: number;
}

/** An answer is held as the function sent it, as a message, and as the frame that goes out. */
const COPIES = 3;
/** Without calls, and what V8 has not yet collected of those that are over (bench/memory). */
const AT_REST = 176 * 1024 * 1024;
/**
 * A line with a picture: its pieces, the whole of it, the text in it; then the picture's bytes, as an
 * answer (three quarters each).
 */
const LINE_COPIES = 3 + 0.75 * COPIES;

/** Divides the memory of an edge (bytes; undefined where nothing limits it). */
export function createEdgeMemory(limit = memoryLimit()): EdgeMemory {
  const free = freeBytes(limit, AT_REST);
  const [requests, small] = [Math.floor(free * 0.38), Math.floor(free / 32)];
  const answers = createSemaphore(free - requests - 2 * small, 128);
  const smallAnswers = createSemaphore(small, 512);
  return {
    requests: new Uploads({ large: createSemaphore(requests, 128), small: createSemaphore(small, 512) }),
    mostAnswer: Math.floor(answers.total / COPIES),
    mostLine: Math.floor(answers.total / LINE_COPIES),
    chargeAnswer: (bytes) => answers.charge(bytes * COPIES),
    takeAnswer: (bytes, signal) =>
      (bytes <= SMALL_BYTES ? smallAnswers : answers).take(Math.ceil(bytes * COPIES), signal),
  };
}
