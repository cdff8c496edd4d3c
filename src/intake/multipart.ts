import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { Problem } from '#contract/problems';
import { formatBytes } from '#kit/bytes';
import { ceilingOf, tooLarge } from './body.ts';
import { boundaryOf, withoutPadding } from './boundary.ts';
import { JSON_LIMITS } from './json-scan.ts';
import type { Limits } from './limits.ts';
import { isText, sniff } from './sniff.ts';
import type { Text } from './text.ts';
import { TextSlice } from './text-slice.ts';
import { MAX_PAIRS } from './urlencoded.ts';

export interface FormFile {
  field: string;
  bytes: Buffer;
}

export interface Form {
  /** Uploaded files, in order. File fields left empty in a browser are omitted. */
  files: FormFile[];
  /** Text fields, in order; empty ones, which browsers always send, are omitted. */
  fields: [string, Text][];
}

export interface FormRules {
  limits: Limits;
  /** Whether a field contains a picture even without a file name. */
  isPicture(field: string): boolean;
  /** Most files in a form. */
  mostFiles?: number | undefined;
}

interface Part {
  field: string;
  /** Has a file name, or a media type other than text. */
  isFile: boolean;
  hasName: boolean;
}

/**
 * Reads `multipart/form-data` (RFC 7578) as it streams in. Its files share `limits.maxBytes`.
 * @throws Problem `multipart-invalid`, `source-ambiguous` or `body-too-large`
 */
export function readMultipart(stream: Readable, headers: IncomingHttpHeaders, rules: FormRules): Promise<Form> {
  return new Promise((resolve, reject) => {
    const collected = new Collected(rules);
    const { parser, boundary } = makeParser(headers, rules);
    const parts = withoutPadding(boundary);
    const fail = (error: unknown): void => {
      stream.unpipe(parts);
      parts.unpipe(parser);
      reject(error instanceof Problem ? error : damaged(error));
    };
    parser.on('file', (field: string | undefined, content, name: string | undefined, _, type) => {
      // A part may lack a field name.
      const isFile = name !== undefined || !/^text\/|^application\/(json|x-www-form-urlencoded)/i.test(type);
      collected.add({ field: field ?? '', isFile, hasName: Boolean(name) }, content, fail);
    });
    parser.on('partsLimit', () => fail(damaged(`it has more than ${MAX_PAIRS} fields`)));
    parser.on('error', fail);
    parser.on('finish', () => (collected.seen > 0 ? resolve(collected.form()) : fail(damaged(NO_PART))));
    stream.on('error', fail);
    stream.on('close', () => stream.readableEnded || fail(damaged('the body broke off')));
    parts.on('error', fail);
    stream.pipe(parts).pipe(parser);
  });
}

const NO_PART = 'no part of it begins with the boundary that Content-Type names';

function makeParser(headers: IncomingHttpHeaders, { limits, mostFiles = 1 }: FormRules) {
  const boundary = boundaryOf(headers['content-type'] ?? '');
  if (boundary === '') throw damaged('its Content-Type names no boundary; let the client make the form');
  try {
    const parser = new Busboy({
      headers: { ...headers, 'content-type': `multipart/form-data; boundary="${boundary}"` },
      // Content also decides which parts are pictures, so each part's bytes are needed.
      isPartAFile: () => true,
      limits: { parts: MAX_PAIRS + mostFiles, fileSize: ceilingOf(limits.maxBytes) + 1, headerPairs: 100 },
    });
    return { parser, boundary };
  } catch (error) {
    throw damaged(error);
  }
}

/** The parts of one form, counted as they arrive. */
class Collected {
  readonly #rules: FormRules;
  readonly #parts: (Part & { bytes: Buffer })[] = [];
  #pictureBytes = 0;
  #textBytes = 0;
  #files = 0;
  seen = 0;

  constructor(rules: FormRules) {
    this.#rules = rules;
  }

  add(part: Part, content: Readable, fail: (error: unknown) => void): void {
    // Reserves its position now: parts may end in a different order than they began.
    const place = this.seen++;
    const chunks: Buffer[] = [];
    content.on('data', (chunk: Buffer) => {
      if (chunks.length === 0 && chunk.length > 0) this.#files += part.isFile ? 1 : 0;
      chunks.push(chunk);
      const wrong = this.#files > this.#most ? tooManyFiles(this.#most) : this.#count(part, chunk.length);
      if (wrong) fail(wrong);
    });
    content.on('error', fail);
    content.on('end', () => {
      this.#parts[place] = { ...part, bytes: Buffer.concat(chunks) };
    });
  }

  get #most(): number {
    return this.#rules.mostFiles ?? 1;
  }

  #count({ field, isFile }: Part, bytes: number): Problem | undefined {
    const { limits, isPicture } = this.#rules;
    if (!isFile && !isPicture(field)) {
      this.#textBytes += bytes;
      return this.#textBytes > JSON_LIMITS.rest ? tooMuchText() : undefined;
    }
    this.#pictureBytes += bytes;
    // A picture as base64 is a third larger than its bytes.
    const most = isFile ? limits.maxBytes : ceilingOf(limits.maxBytes);
    return this.#pictureBytes > most ? tooLarge(limits.maxBytes, { many: this.#files > 1 }) : undefined;
  }

  form(): Form {
    const files: FormFile[] = [];
    const fields: [string, Text][] = [];
    for (const { field, bytes, isFile, hasName } of this.#parts) {
      const isPicture = isFile || (this.#rules.isPicture(field) && isPictureBytes(bytes));
      if (isPicture && (bytes.length > 0 || hasName)) files.push({ field, bytes });
      if (!isPicture && bytes.length > 0) fields.push([field, textOf(bytes)]);
    }
    return { files, fields };
  }
}

function isPictureBytes(bytes: Buffer): boolean {
  return sniff(bytes) !== undefined || !isText(bytes);
}

function textOf(bytes: Buffer): Text {
  if (bytes.length > JSON_LIMITS.longText) return new TextSlice(bytes, 'none');
  return bytes.toString('utf8');
}

export function tooManyFiles(most: number): Problem {
  const detail =
    most === 1
      ? 'Send one picture; this form has more than one file.'
      : `Send at most ${most} pictures at once; this form has more.`;
  return new Problem('source-ambiguous', detail);
}

function tooMuchText(): Problem {
  const limit = formatBytes(JSON_LIMITS.rest);
  const detail = `The form has more than ${limit} of text beside its pictures, which is the most here.`;
  return new Problem('body-too-large', detail, { members: { maxBytes: JSON_LIMITS.rest } });
}

function damaged(cause: unknown): Problem {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Problem(
    'multipart-invalid',
    `The form (multipart/form-data) cannot be read: ${reason.replace(/\.$/, '')}.`,
    {
      cause,
    },
  );
}
