import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FolderSync } from './folder-sync.ts';
import { type Headed, readHeaded, writeHeaded } from './headed-file.ts';
import { JOB_ID, type Job, type JobAnswer } from './job.ts';
import { NO_PROGRESS, type Progress, progressName, readProgressName } from './job-progress.ts';

/** What a gateway finds of its last life, or has just accepted. */
export interface StoredJob extends Progress {
  id: string;
  name: string;
  acceptedAt: number;
  /** Bytes of its body. */
  size: number;
  /** Host and port of its callback. */
  receiver?: string;
  /** The function has answered; the callback has not taken it yet. */
  answered: boolean;
}

const FOLDERS = ['incoming', 'pending', 'answers', 'dead'] as const;

/**
 * Jobs as files. `incoming/` holds what is still being received and means nothing after a crash; `pending/` what was
 * accepted, with its progress in the name; `answers/` what waits for a callback; `dead/<id>/` what was
 * given up: `job.json`, `body` and, where there was one, `answer`.
 */
export class JobFiles {
  private readonly folder: string;
  private readonly pending: FolderSync;

  constructor(folder: string) {
    this.folder = folder;
    this.pending = new FolderSync(path.join(folder, 'pending'));
  }

  /** Makes the folders, clears what a crash left half received, and lists what was accepted, oldest first. */
  async open(): Promise<{ jobs: StoredJob[]; unreadable: string[] }> {
    await rm(this.at('incoming'), { recursive: true, force: true });
    for (const name of FOLDERS) await mkdir(this.at(name), { recursive: true, mode: 0o700 });
    const answered = new Set((await readdir(this.at('answers'))).filter((name) => JOB_ID.test(name)));
    const jobs: StoredJob[] = [];
    const unreadable: string[] = [];
    for (const file of (await readdir(this.at('pending'))).sort()) {
      const named = readProgressName(file);
      if (!named) continue;
      const { id, progress } = named;
      try {
        // One name for one state: a gateway before this one may have written another.
        if (file !== progressName(id, progress)) await rename(this.at('pending', file), this.pendingFile(id, progress));
        const { head, size } = await readHeaded<Job>(this.pendingFile(id, progress));
        const { name, acceptedAt } = head;
        jobs.push({ id, name, acceptedAt, size, ...receiverOf(head), ...progress, answered: answered.has(id) });
      } catch {
        unreadable.push(id);
        await rename(this.pendingFile(id, progress), this.at('dead', `${id}.unreadable`));
      }
    }
    return { jobs, unreadable };
  }

  /** Takes a job in. Resolves once the disk has it, name and all. */
  async receive(job: Job, body: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): Promise<StoredJob> {
    const { id, name, acceptedAt } = job;
    const size = await writeHeaded(this.at('incoming', id), job, body, onBytes);
    await rename(this.at('incoming', id), this.pendingFile(id, NO_PROGRESS));
    await this.pending.sync();
    return { id, name, acceptedAt, size, ...receiverOf(job), ...NO_PROGRESS, answered: false };
  }

  read(job: StoredJob): Promise<Headed<Job>> {
    return readHeaded<Job>(this.file(job));
  }

  /** Writes down how far a job has come. */
  async update(job: StoredJob, changes: Partial<Progress>): Promise<void> {
    const changed = { ...job, ...changes };
    if (this.file(changed) !== this.file(job)) await rename(this.file(job), this.file(changed));
    Object.assign(job, changes);
  }

  /** Keeps a function's answer until its callback has taken it. */
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

  /** A job that is done. The answer goes first: without it the worst that a crash can do is a second delivery. */
  async remove(job: StoredJob): Promise<void> {
    if (job.answered) await unlink(this.at('answers', job.id));
    await unlink(this.file(job));
  }

  /** Moves what cannot be read of a job where a person finds it; nobody tries it again. */
  async setAside(job: StoredJob): Promise<void> {
    await rename(this.file(job), this.at('dead', `${job.id}.unreadable`)).catch(ignoreMissing);
    await rename(this.at('answers', job.id), this.at('dead', `${job.id}.answer.unreadable`)).catch(ignoreMissing);
  }

  /** Moves a job that is given up where a person finds it. */
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
    // After a crash between this and the next line it is buried once more.
    await rm(this.at('dead', job.id), { recursive: true, force: true });
    await rename(draft, this.at('dead', job.id));
    await unlink(this.file(job));
  }

  /** The given up, oldest first, with their bytes. */
  async dead(): Promise<{ id: string; bytes: number }[]> {
    const ids = (await readdir(this.at('dead'))).filter((name) => JOB_ID.test(name)).sort();
    return Promise.all(ids.map(async (id) => ({ id, bytes: (await this.deadSize(id)) ?? 0 })));
  }

  /** Bytes that a job holds among the given up; undefined when it is not there. */
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

function receiverOf({ callbackUrl = '' }: Job): { receiver?: string } {
  return URL.canParse(callbackUrl) ? { receiver: new URL(callbackUrl).host } : {};
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
