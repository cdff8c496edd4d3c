import { createHash, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { readSecret } from '#config/secrets';
import { booleanOption, numberOption } from '#contract/options';
import { Problem } from '#contract/problems';
import type { FunctionContext, FunctionEvent } from '#handler';
import { createRate } from '#http/rate';
import { parseRequest } from '#intake';
import { equalSecrets } from '#kit/equal-secrets';
import { csv } from '#report/csv';
import { type ObjectStore, openStore } from '#storage/store';
import { scheduleSweep } from './schedule-sweep.ts';

/** One line of text, so that a value cannot add a line to the report. */
const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    // No control characters; without \p, which some readers of OpenAPI do not support.
    .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/)
    .meta({ allowed: `one line of 1 to ${longest} characters` });

const SHA256 = /^[0-9a-f]{64}$/;

/** Reports an incorrect answer. */
export const feedbackOptions = z.object({
  picture: z.string().regex(SHA256).optional().meta({ allowed: 'the SHA-256 of the picture in 64 hexadecimal digits' }),
  model: line(100).optional(),
  predicted: line(200),
  score: numberOption({ min: 0, max: 1 }).optional(),
  correct: line(200).optional().describe('The correct answer'),
  note: line(500).optional(),
  keep: booleanOption().default(false).describe('Keep the uploaded picture for the operator'),
});

/** Limits the reports of this process, so that a script cannot fill the store. */
const reports = createRate({ perMinute: 60, burst: 20 });

/** `POST /feedback`: stores each report as an object of its own. */
export async function postFeedback(event: FunctionEvent<Readable>, context: FunctionContext): Promise<void> {
  const store = openStore();
  const { picture, options } = await parseRequest(event, feedbackOptions, { picture: 'optional' });
  const { keep, picture: sentHash, ...report } = options;
  const hash = picture ? createHash('sha256').update(picture.bytes).digest('hex') : sentHash;
  reports();
  if (keep && picture) await store.put(`kept/${hash}`, picture.bytes, { contentType: `image/${picture.format}` });
  const now = new Date();
  const record = { time: now.toISOString(), callId: event.callId, ...(hash && { picture: hash }), ...report };
  // Names sort by time; the random part keeps two reports of one millisecond apart.
  const name = `${now
    .toISOString()
    .toLowerCase()
    .replace(/[^\dtz]/g, '')}-${randomBytes(8).toString('hex')}`;
  await store.put(`feedback/${name}`, Buffer.from(JSON.stringify(record)), { contentType: 'application/json' });
  scheduleSweep(store, picture?.bytes.length ?? 0);
  context.status(201).headers({ 'cache-control': 'no-store' });
  context.succeed({ reported: true, kept: keep && picture !== undefined });
}

const COLUMNS = ['time', 'picture', 'model', 'predicted', 'score', 'correct', 'note', 'kept', 'callId'];
/** The newest reports that are read for one table: more may take longer than a request has. */
const MOST_REPORTS = 5_000;
const READ_AT_ONCE = 32;

/**
 * `GET /feedback.csv`: the newest reports, oldest first, for the operator (user `admin`, secret
 * `feedback-password`).
 */
export async function feedbackCsv(event: FunctionEvent, context: FunctionContext): Promise<void> {
  checkOperator(event.headers.authorization);
  const store = openStore();
  const [keys, kept] = await Promise.all([keysIn(store, 'feedback'), keysIn(store, 'kept')]);
  const pictures = new Set(kept.map((key) => key.slice('kept/'.length)));
  const lines: (string | number)[][] = [COLUMNS];
  const wanted = keys.sort().slice(-MOST_REPORTS);
  for (let at = 0; at < wanted.length; at += READ_AT_ONCE) {
    const found = await Promise.all(wanted.slice(at, at + READ_AT_ONCE).map((key) => store.get(key)));
    lines.push(...found.flatMap((one) => (one ? [lineOf(JSON.parse(one.bytes.toString('utf8')), pictures)] : [])));
  }
  context.headers({ 'content-type': 'text/csv; charset=utf-8', 'cache-control': 'no-store' });
  context.succeed(csv(lines));
}

async function keysIn(store: ObjectStore, area: 'feedback' | 'kept'): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(area)) keys.push(key);
  return keys;
}

function lineOf(report: Record<string, string | number>, pictures: Set<string>): (string | number)[] {
  const kept = pictures.has(String(report.picture)) ? 'yes' : 'no';
  return COLUMNS.map((name) => (name === 'kept' ? kept : (report[name] ?? '')));
}

function checkOperator(header = ''): void {
  const password = readSecret('feedback-password');
  const [, encoded = ''] = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(header) ?? [];
  const credentials = Buffer.from(encoded, 'base64').toString('utf8');
  if (password !== undefined && equalSecrets(credentials, `admin:${password}`)) return;
  const why =
    password === undefined ? 'The secret "feedback-password" is not set.' : 'Send the user admin and its password.';
  throw new Problem('unauthorized', why, { headers: { 'www-authenticate': 'Basic realm="feedback"' } });
}
