import { setImmediate as turn } from 'node:timers/promises';

/** Bytes of a text to process in one turn of the event loop. */
export const PIECE = 1024 * 1024;

/**
 * Decodes a long text piece by piece, with a turn of the event loop after each, so that other requests proceed.
 * @param mark the byte that begins an escape sequence; no piece ends within one
 * @param longest bytes of the longest escape sequence
 * @param decode a piece → at most as many bytes; `undefined` if it is invalid
 * @returns `undefined` as soon as one piece is invalid
 */
export async function decodeInPieces(
  text: Buffer,
  { mark, longest }: { mark: number; longest: number },
  decode: (piece: Buffer) => Buffer | undefined,
): Promise<Buffer | undefined> {
  const out = Buffer.allocUnsafeSlow(text.length);
  let size = 0;
  for (let at = 0; at < text.length; ) {
    if (at > 0) await turn();
    const end = endOfPiece(text, at, mark, longest);
    const decoded = decode(text.subarray(at, end));
    if (!decoded) return undefined;
    size += decoded.copy(out, size);
    at = end;
  }
  return out.subarray(0, size);
}

function endOfPiece(text: Buffer, from: number, mark: number, longest: number): number {
  const end = Math.min(from + PIECE, text.length);
  if (end === text.length) return end;
  const begun = text.subarray(0, end).lastIndexOf(mark);
  return begun > from && begun > end - longest ? begun : end;
}
