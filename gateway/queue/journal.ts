import { constants, type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './folder-sync.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from './journal-record.ts';

/** Where a record is. */
interface Place {
  segment: number;
  at: number;
  length: number;
}

interface Segment {
  size: number;
  /** Jobs accepted here that are not over. */
  live: Set<string>;
}

/** The file that is written to; each write to `synced` returns once it is on the disk. */
interface Current {
  number: number;
  plain: FileHandle;
  synced: FileHandle;
}

interface Write {
  id: string;
  bytes: Buffer;
  /** Of a job that is accepted by it, so that it must be on the disk. */
  accepts: boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;
/** With more of them, what is left of the oldest is written anew. */
const MAX_SEGMENTS = 4;
/** Without jobs for so long, the file is emptied: it still holds the bodies of those that are over. */
const EMPTY_AFTER_MS = 1_000;
const EMPTY = Buffer.alloc(0);
/** A write and its sync in one call. Elsewhere the flag promises less than a sync does. */
const SYNCED = process.platform === 'linux' ? constants.O_DSYNC : 0;

/**
 * Remembers accepted jobs across a power cut, in files that only grow. All records that arrive while the disk is busy
 * are written together and cost one sync.
 */
export class Journal {
  private readonly folder: string;
  private readonly segmentBytes: number;
  private readonly places = new Map<string, Place>();
  private readonly segments = new Map<number, Segment>();
  private current: Current | undefined;
  private waiting: Write[] = [];
  private writing: Promise<void> | undefined;
  private lastNumber = 0;
  private idle: NodeJS.Timeout | undefined;

  /** @param segmentBytes size from which on a new file is begun */
  constructor(folder: string, segmentBytes = SEGMENT_BYTES) {
    this.folder = folder;
    this.segmentBytes = segmentBytes;
  }

  /** The accepted jobs of an earlier process that are not over, oldest first. */
  async unfinished(): Promise<JournalRecord[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const left = new Map<string, JournalRecord>();
    for (const number of await this.numbers()) {
      let rest: Buffer = await readFile(this.file(number));
      for (let found = decodeRecord(rest); found; found = decodeRecord(rest)) {
        const { record, length } = found;
        if (record.kind === 'over') left.delete(record.id);
        else left.set(record.id, record);
        rest = rest.subarray(length);
      }
    }
    return [...left.values()];
  }

  /** Takes these jobs over from the files of an earlier process, which are removed. Called once, before `accept`. */
  async adopt(jobs: readonly JournalRecord[]): Promise<void> {
    const old = await this.numbers();
    this.lastNumber = old.at(-1) ?? 0;
    await Promise.all(jobs.map(({ id, head, body }) => this.accept(id, head, body)));
    for (const number of old) await rm(this.file(number), { force: true });
  }

  /** Resolves once the disk has the job. */
  accept(id: string, head: Buffer, body: Buffer): Promise<void> {
    return this.write(id, encodeRecord({ kind: 'accepted', id, head, body }), true);
  }

  /** Reads a job back that was accepted and is not over. */
  async read(id: string): Promise<JournalRecord> {
    const place = this.places.get(id);
    if (!place) throw new Error(`the journal does not have ${id}`);
    const found = decodeRecord(await this.bytesAt(place));
    if (!found) throw new Error(`the journal's record of ${id} is damaged`);
    return found.record;
  }

  /** The job needs no record any more. After a power cut, or on a full disk, it may still be found unfinished. */
  async end(id: string): Promise<void> {
    const place = this.places.get(id);
    if (!place) return;
    this.places.delete(id);
    this.segments.get(place.segment)?.live.delete(id);
    await this.write(id, encodeRecord({ kind: 'over', id, head: EMPTY, body: EMPTY }), false).catch(() => {});
  }

  async close(): Promise<void> {
    clearTimeout(this.idle);
    while (this.writing) await this.writing;
    await closeBoth(this.current);
    this.current = undefined;
  }

  private write(id: string, bytes: Buffer, accepts: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, bytes, accepts, resolve, reject });
      this.begin(() => this.writeAll());
    });
  }

  /** Does one thing at a time to the files; what comes meanwhile is written afterwards. */
  private begin(work: () => Promise<void>): void {
    clearTimeout(this.idle);
    this.writing ??= work().finally(() => {
      this.writing = undefined;
      if (this.waiting.length > 0) this.begin(() => this.writeAll());
      else if (this.places.size === 0) this.emptyLater();
    });
  }

  private emptyLater(): void {
    const segment = this.current && this.segments.get(this.current.number);
    if (!segment || segment.size === 0) return;
    this.idle = setTimeout(() => this.begin(() => this.empty().catch(() => {})), EMPTY_AFTER_MS).unref();
  }

  private async empty(): Promise<void> {
    await this.tidy();
    const { current } = this;
    const segment = current && this.segments.get(current.number);
    if (!segment || this.places.size > 0 || this.segments.size > 1) return;
    await current.plain.truncate(0);
    segment.size = 0;
  }

  private async writeAll(): Promise<void> {
    // Those of the same turn of the event loop come along.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const lot = this.waiting.splice(0);
      try {
        const places = await this.append(lot);
        for (const [i, { id, accepts, resolve }] of lot.entries()) {
          if (accepts) this.put(id, places[i] as Place);
          resolve();
        }
      } catch (error) {
        for (const { reject } of lot) reject(error);
      }
      await this.tidy().catch(() => {});
    }
  }

  /** Writes records one after another, with one sync if any of them must be on the disk. */
  private async append(lot: Pick<Write, 'bytes' | 'accepts'>[]): Promise<Place[]> {
    const { number, plain, synced } = await this.segment();
    const segment = this.segments.get(number) as Segment;
    const bytes = Buffer.concat(lot.map((one) => one.bytes));
    try {
      const accepts = lot.some((one) => one.accepts);
      await (accepts ? synced : plain).write(bytes, 0, bytes.length, segment.size);
      if (accepts && SYNCED === 0) await synced.datasync();
    } catch (error) {
      // Nothing may follow half a record.
      await plain.truncate(segment.size).catch(() => {});
      throw error;
    }
    return lot.map(({ bytes: { length } }) => {
      const place = { segment: number, at: segment.size, length };
      segment.size += length;
      return place;
    });
  }

  private put(id: string, place: Place): void {
    this.places.set(id, place);
    this.segments.get(place.segment)?.live.add(id);
  }

  /** The file to write to, a new one when the last is full. */
  private async segment(): Promise<Current> {
    const { current } = this;
    if (current && (this.segments.get(current.number)?.size ?? 0) < this.segmentBytes) return current;
    this.lastNumber += 1;
    const number = this.lastNumber;
    const plain = await open(this.file(number), 'w', 0o600);
    const synced = await open(this.file(number), constants.O_WRONLY | SYNCED);
    await syncFolder(this.folder);
    await closeBoth(current);
    this.segments.set(number, { size: 0, live: new Set() });
    this.current = { number, plain, synced };
    return this.current;
  }

  /** Removes files without unfinished jobs, the oldest first: later ones tell which jobs of earlier ones are over. */
  private async tidy(): Promise<void> {
    for (const [number, { live }] of this.segments) {
      if (number === this.current?.number) return;
      if (live.size > 0 && this.segments.size <= MAX_SEGMENTS) return;
      if (live.size > 0) await this.renew([...live]);
      this.segments.delete(number);
      await rm(this.file(number), { force: true });
    }
  }

  private async renew(ids: string[]): Promise<void> {
    const known = ids.flatMap((id) => this.places.get(id) ?? []);
    const lot = await Promise.all(known.map(async (place) => ({ bytes: await this.bytesAt(place), accepts: true })));
    const places = await this.append(lot);
    // Jobs that ended meanwhile have a record of that coming.
    for (const [i, id] of ids.entries()) if (this.places.get(id) === known[i]) this.put(id, places[i] as Place);
  }

  private async bytesAt({ segment, at, length }: Place): Promise<Buffer> {
    const handle = await open(this.file(segment), 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  private async numbers(): Promise<number[]> {
    const names = (await readdir(this.folder)).filter((name) => /^\d+\.log$/.test(name));
    return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
  }

  private file(number: number): string {
    return path.join(this.folder, `${number}.log`);
  }
}

async function closeBoth(current: Current | undefined): Promise<void> {
  await Promise.all([current?.plain.close(), current?.synced.close()]);
}
