/** Stores finished answers by key. Entries may vanish at any time. */
export interface Store {
  get(key: string): Promise<Buffer | undefined>;
  set(key: string, value: Buffer): Promise<void>;
  close(): Promise<void>;
}
