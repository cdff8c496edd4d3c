import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Problem, type ProblemCode } from '#contract/problems';
import { releaseBuffers } from './garbage.ts';
import { type Message, onMessage, sendMessage } from './messages.ts';

/** The file descriptor of the socket to the parent. */
export const CHANNEL = 3;

/** What comes of one message; a `Problem` that it throws is thrown in the parent. */
export type Work = (message: Message) => Promise<Message>;

/** What a child is asked. */
export interface Asked {
  kind: string;
  data: unknown;
}

/** What a child answers: errors do not keep their members on the way between processes. */
export type Reply =
  | { result: unknown }
  | { problem: { code: ProblemCode; message: string; members: object; headers: Record<string, string> } }
  | { failure: string };

/**
 * Makes this process a child of {@link ChildPool}: one message in, one out. It ends with its parent.
 * @param kinds of work by the names that the parent calls them
 */
export function serveChild(kinds: Record<string, Work>): void {
  const socket = new Socket({ fd: CHANNEL });
  // A terminal's Ctrl-C goes to the whole group; the parent still answers what runs.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  socket.on('error', () => process.exit()).on('close', () => process.exit());
  endFirst();
  onMessage(socket, async (message) => {
    const reply = await replyTo(kinds, message);
    // With the answer its memory counts as free.
    releaseBuffers();
    sendMessage(socket, reply);
  });
}

async function replyTo(kinds: Record<string, Work>, { data: asked, parts: given }: Message): Promise<Message> {
  const { kind, data: job } = asked as Asked;
  try {
    const work = kinds[kind];
    if (!work) throw new Error(`there is no work called ${kind} here`);
    const { data, parts } = await work({ data: job, parts: given });
    return { data: { result: data } satisfies Reply, parts };
  } catch (error) {
    return { data: failureOf(error), parts: [] };
  }
}

function failureOf(error: unknown): Reply {
  if (!(error instanceof Problem)) return { failure: error instanceof Error ? String(error.stack) : String(error) };
  const { code, message, members, headers } = error;
  return { problem: { code, message, members, headers } };
}

/** Where memory runs out after all, the kernel ends this process and not its parent. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Only Linux has it.
  }
}
