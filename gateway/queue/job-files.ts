import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FolderSync } from './folder-sync.ts';
import { type Headed, readHeaded, writeHeaded } from './headed-file.ts';
import { JOB_ID, type Job, type JobAnswer } from './job.ts';
import { NO_PROGRESS, type Progress, progressName, readProgressName } from './job-progress.ts';
import { Journal } from './journal.ts';
import type { JournalRecord } from './journal-record.ts';

/** A job that an earlier gateway left, or that was just accepted. */
export interface StoredJob extends Progress {
  id: string;
  name: string;
  acceptedAt: number;
  /** Bytes of its body. */
  size: number;
  /** Host and port of its callback. */
  receiver?: string;
  /** The function has answered; the callback has not received it yet. */
  answered: boolean;
}

const FOLDERS = ['incoming', 'pending', 'answers', 'dead'] as const;

/** Calls up to this size are accepted by a line in the journal; larger ones are written to a file of their own. */
const JOURNALED_BYTES = 64 * 1024;

/**
 * Jobs as files. `journal/` holds small jobs from their acceptance to their end; each gets a file when it is first
 * worked on. `incoming/` holds what is still being received, and is void after a crash; `pending/` what was
 * accepted, with its progress in the name; `answers/` what waits for a callback; `dead/<id>/` dead letters: `job.json`,
 * `body` and, if there was one, `answer`.
 */
export class JobFiles {
  private readonly folder: string;
  private readonly pending: FolderSync;
  private readonly journal: Journal;
  /** Jobs in the journal that have no file yet. */
  private readonly fileless = new Map<string, Promise<void> | undefined>();

  constructor(folder: string) {
    this.folder = folder;
    this.pending = new FolderSync(path.join(folder, 'pending'));
    this.journal = new Journal(path.join(folder, 'journal'));
  }

  /** Creates the folders, removes incomplete uploads of a crash, and lists accepted jobs, oldest first. */
  async open(): Promise<{ jobs: StoredJob[]; unreadable: string[] }> {
    await rm(this.at('incoming'), { recursive: true, force: true });
    for (const name of FOLDERS) await mkdir(this.at(name), { recursive: true, mode: 0o700 });
    const fileless = await this.recover();
    const answered = new Set((await readdir(this.at('answers'))).filter((name) => JOB_ID.test(name)));
    const jobs: StoredJob[] = [];
    const unreadable: string[] = [];
    for (const file of (await readdir(this.at('pending'))).sort()) {
      const named = readProgressName(file);
      if (!named) continue;
      const { id, progress } = named;
      try {
        // One name per state: an older version may have written a different one.
        if (file !== progressName(id, progress)) await rename(this.at('pending', file), this.pendingFile(id, progress));
        const { head, size } = await readHeaded<Job>(this.pendingFile(id, progress));
        jobs.push(storedJob(head, size, progress, answered.has(id)));
      } catch {
        unreadable.push(id);
        await rename(this.pendingFile(id, progress), this.at('dead', `${id}.unreadable`));
      }
    }
    const all = [...jobs, ...fileless].sort((a, b) => (a.id < b.id ? -1 : 1));
    return { jobs: all, unreadable };
  }

  /** Accepts a job. Resolves once it is on disk, including its name. */
  async receive(job: Job, body: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): Promise<StoredJob> {
    const { small, rest } = await beginningOf(body);
    const size = small ? await this.note(job, small, onBytes) : await this.receiveFile(job, rest, onBytes);
    return storedJob(job, size, NO_PROGRESS, false);
  }

  private async note(job: Job, body: Buffer, onBytes: (bytes: number) => void): Promise<number> {
    onBytes(body.length);
    await this.journal.accept(job.id, Buffer.from(JSON.stringify(job)), body);
    this.fileless.set(job.id, undefined);
    return body.length;
  }

  private async receiveFile(job: Job, body: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): Promise<number> {
    const size = await writeHeaded(this.at('incoming', job.id), job, body, onBytes);
    await rename(this.at('incoming', job.id), this.pendingFile(job.id, NO_PROGRESS));
    await this.pending.sync();
    return size;
  }

  /**
   * Takes the jobs of the journal over. Their files were never synced: what a crash has left of them may not be whole.
   * @returns those without a file
   */
  private async recover(): Promise<StoredJob[]> {
    const left = await this.journal.unfinished();
    const files = new Map((await readdir(this.at('pending'))).map((name) => [readProgressName(name)?.id, name]));
    await this.journal.adopt(left);
    const jobs: StoredJob[] = [];
    for (const record of left) {
      const file = files.get(record.id);
      if (file !== undefined) await this.writeFile(record, this.at('pending', file));
      else {
        this.fileless.set(record.id, undefined);
        jobs.push(storedJob(JSON.parse(record.head.toString()), record.body.length, NO_PROGRESS, false));
      }
    }
    return jobs;
  }

  /** Gives a job of the journal its file. It need not be on the disk: the journal is. */
  private async withFile(job: StoredJob): Promise<void> {
    if (!this.fileless.has(job.id)) return;
    const making = this.fileless.get(job.id) ?? this.makeFile(job);
    this.fileless.set(job.id, making);
    try {
      await making;
      this.fileless.delete(job.id);
    } catch (error) {
      this.fileless.set(job.id, undefined);
      throw error;
    }
  }

  private async makeFile(job: StoredJob): Promise<void> {
    await this.writeFile(await this.journal.read(job.id), this.file(job));
  }

  private async writeFile({ id, head, body }: JournalRecord, file: string): Promise<void> {
    await writeFile(this.at('incoming', id), Buffer.concat([head, NEWLINE, body]), { mode: 0o600 });
    await rename(this.at('incoming', id), file);
  }

  /** Nothing is left to do of a job. */
  private async end({ id }: StoredJob): Promise<void> {
    this.fileless.delete(id);
    await this.journal.end(id);
  }

  async close(): Promise<void> {
    await this.journal.close();
  }

  async read(job: StoredJob): Promise<Headed<Job>> {
    await this.withFile(job);
    return readHeaded<Job>(this.file(job));
  }

  /** Saves the progress of a job. */
  async update(job: StoredJob, changes: Partial<Progress>): Promise<void> {
    await this.withFile(job);
    const changed = { ...job, ...changes };
    if (this.file(changed) !== this.file(job)) await rename(this.file(job), this.file(changed));
    Object.assign(job, changes);
  }

  /** Stores a function's answer until its callback has received it. */
  async saveAnswer(
    job: StoredJob,
    answer: JobAnswer,
    body: AsyncIterable<Buffer>,
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    await writeHeaded(this.at('incoming', `${job.id}.answer`), answer, body, onBytes);
    await rename(this.at('incoming', `${job.id}.answer`), this.at('answers', job.id));
    job.answered = true;
  }

  readAnswer(job: StoredJob): Promise<Headed<JobAnswer>> {
    return readHeaded<JobAnswer>(this.at('answers', job.id));
  }

  /** Removes a finished job. The answer goes first: then the worst result of a crash is a second delivery. */
  async remove(job: StoredJob): Promise<void> {
    if (job.answered) await unlink(this.at('answers', job.id));
    await unlink(this.file(job));
    await this.end(job);
  }

  /** Moves an unreadable job to the dead letters; it is not retried. */
  async setAside(job: StoredJob): Promise<void> {
    await rename(this.file(job), this.at('dead', `${job.id}.unreadable`)).catch(ignoreMissing);
    await rename(this.at('answers', job.id), this.at('dead', `${job.id}.answer.unreadable`)).catch(ignoreMissing);
    await this.end(job);
  }

  /** Moves a job to the dead letters. */
  async moveToDead(job: StoredJob, reason: string, lastStatus: number | undefined): Promise<void> {
    const { head, body } = await this.read(job);
    const draft = this.at('incoming', `${job.id}.dead`);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { mode: 0o700 });
    const story = {
      reason,
      lastStatus,
      attempts: job.attempts,
      givenUpAt: new Date().toISOString(),
      ...head,
      acceptedAt: new Date(head.acceptedAt).toISOString(),
    };
    await writeFile(path.join(draft, 'job.json'), `${JSON.stringify(story, null, 2)}\n`, { mode: 0o600 });
    await pipeline(body(), createWriteStream(path.join(draft, 'body'), { mode: 0o600 }));
    if (job.answered) await rename(this.at('answers', job.id), path.join(draft, 'answer'));
    // After a crash between this and the next line, it is moved again.
    await rm(this.at('dead', job.id), { recursive: true, force: true });
    await rename(draft, this.at('dead', job.id));
    await unlink(this.file(job));
    await this.end(job);
  }

  /** The dead letters, oldest first, with their sizes. */
  async dead(): Promise<{ id: string; bytes: number }[]> {
    const ids = (await readdir(this.at('dead'))).filter((name) => JOB_ID.test(name)).sort();
    return Promise.all(ids.map(async (id) => ({ id, bytes: (await this.deadSize(id)) ?? 0 })));
  }

  /** Bytes of a dead letter; undefined if it does not exist. */
  async deadSize(id: string): Promise<number | undefined> {
    const files = await readdir(this.at('dead', id)).catch(() => undefined);
    if (!files) return undefined;
    const sizes = await Promise.all(files.map(async (file) => (await stat(this.at('dead', id, file))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async removeDead(id: string): Promise<void> {
    await rm(this.at('dead', id), { recursive: true, force: true });
  }

  private file(job: StoredJob): string {
    return this.pendingFile(job.id, job);
  }

  private pendingFile(id: string, progress: Progress): string {
    return this.at('pending', progressName(id, progress));
  }

  private at(...names: string[]): string {
    return path.join(this.folder, ...names);
  }
}

function storedJob(job: Job, size: number, progress: Progress, answered: boolean): StoredJob {
  const { id, name, acceptedAt } = job;
  return { id, name, acceptedAt, size, ...receiverOf(job), ...progress, answered };
}

function receiverOf({ callbackUrl = '' }: Job): { receiver?: string } {
  return URL.canParse(callbackUrl) ? { receiver: new URL(callbackUrl).host } : {};
}

const NEWLINE = Buffer.from('\n');

/** Reads a body while it is small. @returns the whole of a small one, or all of a larger one as it comes */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<{ small?: Buffer; rest: AsyncIterable<Buffer> }> {
  const pieces = body[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let size = 0;
  while (size <= JOURNALED_BYTES) {
    const next = await pieces.next();
    if (next.done) return { small: Buffer.concat(first), rest: body };
    first.push(next.value);
    size += next.value.length;
  }
  return {
    rest: (async function* () {
      yield* first;
      yield* { [Symbol.asyncIterator]: () => pieces };
    })(),
  };
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
