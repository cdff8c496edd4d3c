import { randomBytes } from 'node:crypto';
import { Problem } from '#contract/problems';

/*
 * The interface of a store, and its keys: an area and an unguessable name. Keys are generated here, never by clients.
 */

/** The areas of a store. Each has its own retention. */
export const AREAS = ['uploads', 'results', 'jobs', 'feedback', 'kept'] as const;
export type Area = (typeof AREAS)[number];

/** Areas that a client may name in a `ref`: pictures, but no data about other people. */
const REF_AREAS: readonly Area[] = ['uploads', 'results'];

/** `area/name`. Names are lower case, for file systems that ignore case. */
const KEY = new RegExp(`^(${AREAS.join('|')})/[a-z0-9][a-z0-9-]{15,119}$`);

export interface ObjectInfo {
  key: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** Metadata of an object. */
export interface ObjectMeta {
  contentType: string;
  /** Lower-case names and printable ASCII values, at most 1 KiB together. */
  labels: Record<string, string>;
}

export interface StoredObject extends ObjectMeta {
  bytes: Buffer;
}

/** Every method throws Problem `store-unavailable` when the store is unreachable or full. */
export interface ObjectStore {
  /** Creates or replaces an object atomically: readers see the old object or the new one. */
  put(key: string, bytes: Buffer, meta?: Partial<ObjectMeta>): Promise<void>;
  /** `undefined` if it does not exist. */
  get(key: string): Promise<StoredObject | undefined>;
  head(key: string): Promise<(ObjectInfo & ObjectMeta) | undefined>;
  /**
   * All objects of an area, in no particular order. For the operator's reports and for retention, never for clients.
   */
  list(area: Area): AsyncIterable<ObjectInfo>;
  /** Does nothing if the object does not exist. */
  delete(key: string): Promise<void>;
  /**
   * A link from which anyone can download the object for some time; `undefined` if the store does not support links.
   */
  link(key: string, seconds: number): Promise<string | undefined>;
  close(): Promise<void>;
}

/** A new name of 160 random bits, which nobody can guess. */
export function newName(): string {
  return randomBytes(20).toString('hex');
}

/** An invalid key reached a store. That is a bug, since texts from clients are checked before. */
export class KeyError extends Error {}

/**
 * Returns a valid key unchanged. Nothing else reaches a store.
 * @throws KeyError unless it is an area and a name of {@link newName}, with or without a suffix
 */
export function checkKey(key: string): string {
  if (!isKey(key)) throw new KeyError(`${JSON.stringify(key.slice(0, 140))} is no key of the store`);
  return key;
}

/** Whether a text is a valid key. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** Whether a client may use this key as its picture. */
export function isPictureRef(ref: string): boolean {
  return isKey(ref) && REF_AREAS.some((area) => ref.startsWith(`${area}/`));
}

/** The problem of an unusable store. @param detail one sentence that tells people what to do */
export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('store-unavailable', detail, { headers: { 'retry-after': '5' }, ...(cause ? { cause } : {}) });
}
