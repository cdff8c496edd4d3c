import type { Readable } from 'node:stream';
import { Problem } from '#platform/problems';

/** "32 MiB", "900 kB", "12 bytes": for people. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${Math.round((bytes / 1024 / 1024) * 10) / 10} MiB`;
  if (bytes >= 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${bytes} bytes`;
}

export function tooLarge(maxBytes: number): Problem {
  return new Problem('body-too-large', `The picture is larger than the ${formatBytes(maxBytes)} allowed here.`, {
    members: { maxBytes },
  });
}

/**
 * Reads a whole stream, counting while it arrives.
 * @throws Problem `body-too-large` as soon as more than `maxBytes` have come, or the declared length says they will
 */
export async function readBody(stream: Readable, maxBytes: number, declared?: string): Promise<Buffer> {
  if (declared !== undefined && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks, size);
}
