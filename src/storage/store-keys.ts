import { randomBytes } from 'node:crypto';
import { Problem } from '#contract/problems';

/*
 * What a store is, and its keys: made here, never by clients, an area and an unguessable name.
 */

/** What there is in a store; each area has its own retention. */
export const AREAS = ['uploads', 'results', 'jobs', 'feedback', 'kept'] as const;
export type Area = (typeof AREAS)[number];

/** Areas that a client may name in a `ref`: pictures, nothing about other people. */
const REF_AREAS: readonly Area[] = ['uploads', 'results'];

/** `area/name`; a name is lower case, so that file systems that do not tell cases apart can hold it. */
const KEY = new RegExp(`^(${AREAS.join('|')})/[a-z0-9][a-z0-9-]{15,119}$`);

export interface ObjectInfo {
  key: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** What is known about an object beside its bytes. */
export interface ObjectMeta {
  contentType: string;
  /** Lower-case names, printable ASCII values, together at most 1 KiB. */
  labels: Record<string, string>;
}

export interface StoredObject extends ObjectMeta {
  bytes: Buffer;
}

/** Every method throws Problem `store-unavailable` when the store cannot be reached or is full. */
export interface ObjectStore {
  /** Creates or replaces; whoever reads sees the old object or the new one, never a part. */
  put(key: string, bytes: Buffer, meta?: Partial<ObjectMeta>): Promise<void>;
  /** `undefined` when there is none. */
  get(key: string): Promise<StoredObject | undefined>;
  head(key: string): Promise<(ObjectInfo & ObjectMeta) | undefined>;
  /** Everything in an area, in no particular order: for the operator's reports and for retention, never for clients. */
  list(area: Area): AsyncIterable<ObjectInfo>;
  /** Deleting what is not there is fine. */
  delete(key: string): Promise<void>;
  /** A link from which anyone may download the object for some time; `undefined` where the store has no such. */
  link(key: string, seconds: number): Promise<string | undefined>;
  close(): Promise<void>;
}

/** A new name of 160 random bits: whoever does not know it cannot find it. */
export function newName(): string {
  return randomBytes(20).toString('hex');
}

/** Something reached a store that is no key: a fault in the code, for clients' texts are checked before. */
export class KeyError extends Error {}

/**
 * Refuses everything but keys; nothing else ever reaches a store.
 * @throws KeyError names are made by {@link newName}, with plain words behind them at most
 */
export function checkKey(key: string): string {
  if (!isKey(key)) throw new KeyError(`${JSON.stringify(key.slice(0, 140))} is no key of the store`);
  return key;
}

/** Whether a text has the shape of a key. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** Whether a client may name this object as its picture. */
export function isPictureRef(ref: string): boolean {
  return isKey(ref) && REF_AREAS.some((area) => ref.startsWith(`${area}/`));
}

/** Says that the store cannot be used. @param detail one sentence a person can act on */
export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('store-unavailable', detail, { headers: { 'retry-after': '5' }, ...(cause ? { cause } : {}) });
}
