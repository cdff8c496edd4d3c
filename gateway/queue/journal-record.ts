import { crc32 } from 'node:zlib';

/** What a record says of a job: it was accepted, or it is over. */
export type RecordKind = 'accepted' | 'over';

export interface JournalRecord {
  kind: RecordKind;
  id: string;
  /** The job as JSON, and its body; empty where it is over. */
  head: Buffer;
  body: Buffer;
}

/* Layout: CRC-32 of all that follows, kind, lengths of id, head and body, then these. */
const FIXED = 4 + 1 + 1 + 4 + 4;
const KINDS: readonly RecordKind[] = ['accepted', 'over'];

export function encodeRecord({ kind, id, head, body }: JournalRecord): Buffer {
  const idBytes = Buffer.from(id, 'latin1');
  const record = Buffer.allocUnsafe(FIXED + idBytes.length + head.length + body.length);
  record.writeUInt8(KINDS.indexOf(kind), 4);
  record.writeUInt8(idBytes.length, 5);
  record.writeUInt32LE(head.length, 6);
  record.writeUInt32LE(body.length, 10);
  let at = FIXED;
  for (const part of [idBytes, head, body]) at += part.copy(record, at);
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
}

/** @returns the record at the beginning and its length; undefined where there is none, or one that is not whole */
export function decodeRecord(bytes: Buffer): { record: JournalRecord; length: number } | undefined {
  if (bytes.length < FIXED) return undefined;
  const kind = KINDS[bytes.readUInt8(4)];
  const lengths = [bytes.readUInt8(5), bytes.readUInt32LE(6), bytes.readUInt32LE(10)] as const;
  const length = FIXED + lengths[0] + lengths[1] + lengths[2];
  if (kind === undefined || length > bytes.length) return undefined;
  if (crc32(bytes.subarray(4, length)) !== bytes.readUInt32LE(0)) return undefined;
  const head = FIXED + lengths[0];
  const body = head + lengths[1];
  const record = {
    kind,
    id: bytes.toString('latin1', FIXED, head),
    head: bytes.subarray(head, body),
    body: bytes.subarray(body, length),
  };
  return { record, length };
}
