import { type OnReadOpts, Socket } from 'node:net';
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
/** From this many missing bytes on, a piece is read directly into its place. */
const DIRECT = 64 * 1024;

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
  const assembly = new Assembly(receive);
  socket.on('data', (chunk: Buffer) => assembly.add(chunk));
}

/**
 * Opens a socket by its file descriptor and calls `receive` for every complete message. Large pieces are read into
 * their place, without a copy, so a process that receives large messages spends about half the time on them.
 */
export function openForMessages(fd: number, receive: (message: Message) => void): Socket {
  const assembly = new Assembly(receive);
  const small = Buffer.allocUnsafeSlow(DIRECT);
  const callback = (count: number, bytes: Uint8Array): boolean => {
    if (bytes === small) assembly.add(small.subarray(0, count));
    else assembly.fill(count);
    return true;
  };
  const onread: OnReadOpts = { buffer: () => assembly.room(DIRECT) ?? small, callback };
  const options = { fd, onread };
  return new Socket(options);
}

/** Puts messages together from the bytes that arrive. */
class Assembly {
  readonly #pieces: Generator<number, never, Buffer>;
  #piece: Buffer;
  #filled = 0;

  constructor(receive: (message: Message) => void) {
    this.#pieces = piecesOf(receive);
    // Starts with the prefix of the first message.
    this.#piece = Buffer.allocUnsafe(this.#pieces.next().value);
  }

  /** Copies bytes that have arrived. */
  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(this.#piece, this.#filled, at);
      at += copied;
      this.fill(copied);
    }
  }

  /** The unfilled part of the current piece, if it is at least so large. */
  room(least: number): Buffer | undefined {
    return this.#piece.length - this.#filled >= least ? this.#piece.subarray(this.#filled) : undefined;
  }

  /** So many bytes of the current piece have been written. */
  fill(count: number): void {
    this.#filled += count;
    while (this.#filled === this.#piece.length) {
      this.#piece = Buffer.allocUnsafeSlow(this.#pieces.next(this.#piece).value);
      this.#filled = 0;
    }
  }
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
