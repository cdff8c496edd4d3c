import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../fixtures/gateway.ts';
import { Journal } from './journal.ts';
import { decodeRecord, encodeRecord } from './journal-record.ts';

let folder: string;
const journals: Journal[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
});

afterEach(async () => {
  await Promise.all(journals.splice(0).map((journal) => journal.close()));
  rmSync(folder, { recursive: true });
});

/** The journal of a process, and what the one before left in it. */
async function opened(segmentBytes?: number) {
  const journal = new Journal(folder, segmentBytes);
  journals.push(journal);
  const left = await journal.unfinished();
  return { journal, left: left.map(({ id, head, body }) => [id, String(head), String(body)]), records: left };
}

const text = (id: string) => Buffer.from(`{"id":"${id}"}`);
const accept = (journal: Journal, id: string, body = `body of ${id}`) =>
  journal.accept(id, text(id), Buffer.from(body));

describe('a journal', () => {
  it('has accepted jobs after the end of its process, however many came at once, and none that is over', async () => {
    const { journal } = await opened();
    const ids = Array.from({ length: 200 }, (_, index) => `job-${String(index).padStart(3, '0')}`);
    await Promise.all(ids.map((id) => accept(journal, id)));
    await Promise.all(ids.slice(0, 190).map((id) => journal.end(id)));
    expect(String((await journal.read('job-195')).body)).toBe('body of job-195');
    await expect(journal.read('job-001')).rejects.toThrow('does not have');
    const { left } = await opened();
    expect(left).toEqual(ids.slice(190).map((id) => [id, String(text(id)), `body of ${id}`]));
  });

  it('forgets half a record at its end, and nothing before', async () => {
    const { journal } = await opened();
    for (const id of ['first', 'second']) await accept(journal, id);
    await journal.close();
    const file = path.join(folder, '1.log');
    truncateSync(file, statSync(file).size - 1);
    expect((await opened()).left.map(([id]) => id)).toEqual(['first']);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill('x', bytes.length - 3));
    expect((await opened()).left.map(([id]) => id)).toEqual(['first']);
  });

  it('keeps an old job while many others come and go, in a bounded number of files', async () => {
    const { journal } = await opened(1_000);
    await accept(journal, 'old', 'x'.repeat(500));
    for (let index = 0; index < 100; index++) {
      await accept(journal, `job-${index}`, 'y'.repeat(300));
      await journal.end(`job-${index}`);
    }
    expect(readdirSync(folder).length).toBeLessThan(7);
    expect(String((await journal.read('old')).body)).toBe('x'.repeat(500));
    expect((await opened()).left.map(([id]) => id)).toEqual(['old']);
  });

  it('is taken over by the next process, with what is left in one file', async () => {
    const { journal } = await opened(200);
    for (const id of ['a', 'b', 'c', 'd']) await accept(journal, id);
    await journal.end('b');
    const next = await opened();
    await next.journal.adopt(next.records);
    await accept(next.journal, 'e');
    expect(readdirSync(folder)).toHaveLength(1);
    await next.journal.end('a');
    expect((await opened()).left.map(([id]) => id)).toEqual(['c', 'd', 'e']);
  });

  it('does not hold the bodies of jobs that are over', async () => {
    const { journal } = await opened();
    await accept(journal, 'secret');
    await journal.end('secret');
    await until(() => statSync(path.join(folder, '1.log')).size === 0);
    await accept(journal, 'next');
    expect((await opened()).left.map(([id]) => id)).toEqual(['next']);
  });

  it('says so when it cannot write, and goes on when it can', async () => {
    const { journal } = await opened();
    rmSync(folder, { recursive: true });
    await expect(accept(journal, 'lost')).rejects.toThrow('ENOENT');
    await opened();
    await accept(journal, 'kept');
    expect((await opened()).left.map(([id]) => id)).toEqual(['kept']);
  });
});

describe('a record', () => {
  it('comes back as it was, and not when any of its bytes is another', () => {
    const record = { kind: 'accepted', id: 'id', head: Buffer.from('head'), body: Buffer.from('body') } as const;
    const bytes = encodeRecord(record);
    expect(decodeRecord(Buffer.concat([bytes, bytes]))).toEqual({ record, length: bytes.length });
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      expect(decodeRecord(changed), String(at)).toBeUndefined();
    }
    expect(decodeRecord(bytes.subarray(0, -1))).toBeUndefined();
    expect(decodeRecord(Buffer.alloc(0))).toBeUndefined();
  });
});
