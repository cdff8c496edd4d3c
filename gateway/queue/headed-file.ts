import { createReadStream } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';

const HEAD_CHUNK = 16 * 1024;
const MAX_HEAD = 1024 * 1024;

/** A file with a line of JSON, the head, followed by bytes. */
export interface Headed<T> {
  head: T;
  /** Bytes after the head. */
  size: number;
  body(): Readable;
}

/**
 * Writes a new file and resolves once it is on disk. An incomplete file is removed.
 * @param onBytes called before each chunk of the body is written; may throw to stop
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

/** Reads the head of a file, and how to read the rest. @throws Error if there is no such file or head */
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

/** A file whose content is not what was written. */
export class DamagedFile extends Error {}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
