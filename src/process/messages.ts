import type { Duplex } from 'node:stream';
import { deserialize, serialize } from 'node:v8';

/** What goes between a process and its children: any data, and large pieces of bytes that are not copied into it. */
export interface Message {
  data: unknown;
  parts: Buffer[];
}

/*
 * On the wire: the length of a head (4 bytes), the head (structured clone of data and the parts'
 * lengths), the parts. Node's own channel copies a message of many megabytes once for every piece that arrives.
 */
const PREFIX = 4;

export function sendMessage(socket: Duplex, { data, parts }: Message): void {
  const head = serialize({ data, lengths: parts.map(({ length }) => length) });
  const prefix = Buffer.allocUnsafe(PREFIX);
  prefix.writeUInt32LE(head.length);
  socket.cork();
  for (const piece of [prefix, head, ...parts]) socket.write(piece);
  socket.uncork();
}

/** Tells of every message that comes in, as soon as it is whole. */
export function onMessage(socket: Duplex, receive: (message: Message) => void): void {
  const pieces = piecesOf(receive);
  // Until the first message it wants its prefix.
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

/** Asks for the pieces of one message after the other, by their lengths in bytes. */
function* piecesOf(receive: (message: Message) => void): Generator<number, never, Buffer> {
  while (true) {
    const prefix = yield PREFIX;
    const { data, lengths } = deserialize(yield prefix.readUInt32LE()) as { data: unknown; lengths: number[] };
    const parts: Buffer[] = [];
    for (const length of lengths) parts.push(yield length);
    receive({ data, parts });
  }
}
