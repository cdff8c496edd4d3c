import { createSemaphore } from '#process/limiter';
import { freeBytes, memoryLimit } from '#process/memory';
import { SMALL_BYTES, Uploads } from '#process/uploads';

/** The memory budgets of the edge. */
export interface EdgeMemory {
  /** Callers' messages, from their first byte until the call is over. */
  requests: Uploads;
  /** Maximum bytes of a function's answer. */
  mostAnswer: number;
  /** Waits for memory for an answer. @returns releases it @throws Problem `busy` */
  takeAnswer(bytes: number, signal: AbortSignal): Promise<() => void>;
  /** Counts an answer that is in memory already. @returns releases it */
  chargeAnswer(bytes: number): () => void;
  /** Maximum characters of a line in an event stream. */
  mostLine: number;
}

/** An answer is held three times: as the function sent it, as a message, and as the outgoing frame. */
const COPIES = 3;
/** Memory at rest, with what V8 has not collected yet (bench/memory). */
const AT_REST = 176 * 1024 * 1024;
/**
 * Copies of a line with a picture: its chunks, the line, its text; then the picture's bytes, as an answer (three
 * quarters each).
 */
const LINE_COPIES = 3 + 0.75 * COPIES;

/** Divides the memory of an edge. @param limit in bytes; undefined: unlimited */
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
