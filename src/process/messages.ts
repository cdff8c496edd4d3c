import type { Duplex } from 'node:stream';
import { deserialize, serialize } from 'node:v8';

/**
 * A message between a process and its children: structured data, and buffers that are sent without being copied into
 * it.
 */
export interface Message {
  data: unknown;
  parts: Buffer[];
}

/*
 * Wire format: the length of the head (4 bytes), the head (structured clone of the data and the lengths of the parts),
 * then the parts. Node's own IPC channel copies a message of many megabytes again for every chunk that arrives.
 */
const PREFIX = 4;

/** @returns when the message has been written, or cannot be */
export function sendMessage(socket: Duplex, { data, parts }: Message): Promise<void> {
  const head = serialize({ data, lengths: parts.map(({ length }) => length) });
  const prefix = Buffer.allocUnsafe(PREFIX);
  prefix.writeUInt32LE(head.length);
  socket.cork();
  const pieces = [prefix, head, ...parts];
  const last = pieces.pop();
  for (const piece of pieces) socket.write(piece);
  const written = new Promise<void>((resolve) => socket.write(last, () => resolve()));
  socket.uncork();
  return written;
}

/** Calls `receive` for every complete message. */
export function onMessage(socket: Duplex, receive: (message: Message) => void): void {
  const pieces = piecesOf(receive);
  // Starts with the prefix of the first message.
  let piece = Buffer.allocUnsafe(pieces.next().value);
  let filled = 0;
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(piece, filled, at);
      at += copied;
      filled += copied;
      while (filled === piece.length) {
        piece = Buffer.allocUnsafeSlow(pieces.next(piece).value);
        filled = 0;
      }
    }
  });
}

/** Yields the length of each piece that it needs next, in bytes, and receives that piece. */
function* piecesOf(receive: (message: Message) => void): Generator<number, never, Buffer> {
  while (true) {
    const prefix = yield PREFIX;
    const { data, lengths } = deserialize(yield prefix.readUInt32LE()) as { data: unknown; lengths: number[] };
    const parts: Buffer[] = [];
    for (const length of lengths) parts.push(yield length);
    receive({ data, parts });
  }
}
