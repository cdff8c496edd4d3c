import { createReadStream } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';

const HEAD_CHUNK = 16 * 1024;
const MAX_HEAD = 1024 * 1024;

/** A file of one line of JSON and the bytes that belong to it. */
export interface Headed<T> {
  head: T;
  /** Bytes after the head. */
  size: number;
  body(): Readable;
}

/**
 * Writes a new file and resolves once the disk has it. A file that could not be written whole is not left behind.
 * @param onBytes is told of each piece of the body before it is written; what it throws ends the writing
 * @returns the bytes of the body
 */
export async function writeHeaded(
  file: string,
  head: object,
  body: AsyncIterable<Buffer> | Iterable<Buffer>,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.appendFile(`${JSON.stringify(head)}\n`);
    let size = 0;
    for await (const chunk of body) {
      onBytes(chunk.length);
      size += chunk.length;
      await handle.appendFile(chunk);
    }
    await handle.sync();
    await handle.close();
    return size;
  } catch (error) {
    await handle.close().catch(() => {});
    await unlink(file).catch(() => {});
    throw error;
  }
}

/** Reads the head of a file, and how to read the rest. @throws Error when there is no such file or no head in it */
export async function readHeaded<T>(file: string): Promise<Headed<T>> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    let text = Buffer.alloc(0);
    let end = -1;
    while (end < 0 && text.length < MAX_HEAD) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_CHUNK), 0, HEAD_CHUNK, text.length);
      if (bytesRead === 0) break;
      text = Buffer.concat([text, buffer.subarray(0, bytesRead)]);
      end = text.indexOf('\n');
    }
    const head = end < 0 ? undefined : objectOf(text.toString('utf8', 0, end));
    if (!head) throw new DamagedFile('the file has no head');
    return { head: head as T, size: size - end - 1, body: () => createReadStream(file, { start: end + 1 }) };
  } finally {
    await handle.close();
  }
}

/** A file that is there and is not what was written. */
export class DamagedFile extends Error {}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
