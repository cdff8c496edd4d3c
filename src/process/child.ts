import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Problem, type ProblemCode } from '#contract/problems';
import { anonymousBytes } from './anonymous-bytes.ts';
import { releaseBuffers } from './garbage.ts';
import { type Message, openForMessages, sendMessage } from './messages.ts';

/** The file descriptor of the socket to the parent. */
export const CHANNEL = 3;

/** Handles one message. A `Problem` that it throws is thrown in the parent. */
export type Work = (message: Message) => Promise<Message>;

/** A request to a child. */
export interface Asked {
  kind: string;
  data: unknown;
}

/** A child's reply. Errors are sent as data, because they lose their properties between processes. */
export type Reply = Outcome & {
  /** Bytes that the child keeps until its next job; `undefined` where the system does not say. */
  held: number | undefined;
};
type Outcome =
  | { result: unknown }
  | { problem: { code: ProblemCode; message: string; members: object; headers: Record<string, string> } }
  | { failure: string };

/**
 * Turns this process into a child of {@link ChildPool}: one message in, one out. It exits with its parent.
 * @param kinds the handlers by the names that the parent uses
 */
export function serveChild(kinds: Record<string, Work>): void {
  // Ctrl-C in a terminal reaches the whole process group, but the parent still has to answer running requests.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  endFirst();
  const socket = openForMessages(CHANNEL, async (message) => {
    await answer(socket, kinds, message);
    await releaseBuffers();
  });
  socket.on('error', () => process.exit()).on('close', () => process.exit());
}

async function answer(socket: Socket, kinds: Record<string, Work>, message: Message): Promise<void> {
  const { outcome, parts } = await outcomeOf(kinds, message);
  // The parent counts this memory as free once it has the reply.
  await releaseBuffers();
  await sendMessage(socket, { data: { ...outcome, held: anonymousBytes() } satisfies Reply, parts });
}

async function outcomeOf(
  kinds: Record<string, Work>,
  { data: asked, parts: given }: Message,
): Promise<{ outcome: Outcome; parts: Buffer[] }> {
  const { kind, data: job } = asked as Asked;
  try {
    const work = kinds[kind];
    if (!work) throw new Error(`there is no work called ${kind} here`);
    const { data, parts } = await work({ data: job, parts: given });
    return { outcome: { result: data }, parts };
  } catch (error) {
    return { outcome: failureOf(error), parts: [] };
  }
}

function failureOf(error: unknown): Outcome {
  if (!(error instanceof Problem)) return { failure: error instanceof Error ? String(error.stack) : String(error) };
  const { code, message, members, headers } = error;
  return { problem: { code, message, members, headers } };
}

/** Makes the OOM killer choose this process rather than its parent. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Exists on Linux only.
  }
}
