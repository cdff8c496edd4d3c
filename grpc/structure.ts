import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { Problem } from '#contract/problems';
import type { MessageType } from './protos.ts';
import { messageTypes } from './protos.ts';

/** Most fields of a message and of nested messages: objects, texts, numbers. Two thousand labels are as many. */
const MAX_PARTS = 10_000;
/** Numbers in packed lists: 512 vectors of 512. */
const MAX_NUMBERS = 512 * 512;

/** Protobuf's wire types. */
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5];
const FLOAT_BYTES = 4;

/**
 * A service whose messages are checked before they are decoded: a message of some megabytes may have millions of parts.
 * @returns the same service; a message with too many parts is decoded as the {@link Problem} to answer with
 */
export function bounded<T extends UntypedServiceImplementation>(service: ServiceDefinition<T>): ServiceDefinition<T> {
  const methods = Object.entries(service).map(([name, method]) => {
    const type = (method as unknown as { requestType: { type: MessageType } }).requestType.type;
    const requestDeserialize = (bytes: Buffer): unknown =>
      countParts(bytes, type) ? method.requestDeserialize(bytes) : tooManyParts();
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods) as ServiceDefinition<T>;
}

interface Left {
  parts: number;
  numbers: number;
}

/**
 * Whether a message has few enough parts. Invalid bytes are left to the decoder, which reports them.
 */
export function countParts(
  bytes: Buffer,
  type: MessageType,
  left: Left = { parts: MAX_PARTS, numbers: MAX_NUMBERS },
): boolean {
  let at = 0;
  while (at < bytes.length && left.parts > 0 && left.numbers > 0) {
    const tag = varint(bytes, at);
    left.parts--;
    const kind = tag.value % 8;
    if (kind === VARINT) at = varint(bytes, tag.end).end;
    else if (kind === FIXED64) at = tag.end + 8;
    else if (kind === FIXED32) at = tag.end + 4;
    else if (kind === LENGTH) {
      const length = varint(bytes, tag.end);
      at = length.end + length.value;
      const field = type.field.find(({ number }) => number === Math.floor(tag.value / 8));
      const part = bytes.subarray(length.end, at);
      if (field?.type === 'TYPE_MESSAGE') countParts(part, messageTypes[field.typeName] ?? { field: [] }, left);
      else if (field?.type === 'TYPE_FLOAT') left.numbers -= Math.floor(part.length / FLOAT_BYTES);
    } else return true;
  }
  return left.parts > 0 && left.numbers > 0;
}

/** Seven bits per byte, lowest first. */
function varint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let end = start; end < bytes.length && end < start + 10; end++) {
    const byte = bytes[end] as number;
    value += (byte & 0x7f) * 2 ** (7 * (end - start));
    if (byte < 0x80) return { value, end: end + 1 };
  }
  return { value: 0, end: bytes.length };
}

function tooManyParts(): Problem {
  return new Problem(
    'body-too-large',
    `The message has too many parts: ${MAX_PARTS} fields and ${MAX_NUMBERS} numbers are allowed.`,
    { members: { maxParts: MAX_PARTS, maxNumbers: MAX_NUMBERS } },
  );
}
