import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { Problem } from '#platform/problems';
import { tooLarge } from './body.ts';
import type { Limits } from './limits.ts';

export interface FormFile {
  field: string;
  bytes: Buffer;
}

export interface Form {
  /** Uploaded files, in order. A file field left empty in a browser is not among them. */
  files: FormFile[];
  /** Text fields by name; a repeated one becomes an array. */
  fields: Record<string, string | string[]>;
}

const MAX_FIELDS = 2_100;
const MAX_FIELD_BYTES = 1024 * 1024;

/**
 * Reads `multipart/form-data` (RFC 7578) as it streams in. All its files together may have `limits.maxBytes`.
 * @param mostFiles how many files the form may have
 * @throws Problem `multipart-invalid`, `source-ambiguous` or `body-too-large`
 */
export function readMultipart(
  stream: Readable,
  headers: IncomingHttpHeaders,
  limits: Limits,
  mostFiles = 1,
): Promise<Form> {
  return new Promise((resolve, reject) => {
    const form: Form = { files: [], fields: Object.create(null) };
    const parser = makeParser(headers, limits, mostFiles);
    const budget = { left: limits.maxBytes, limits };
    const fail = (error: unknown): void => {
      stream.unpipe(parser);
      reject(error instanceof Problem ? error : damaged(error));
    };
    parser.on('file', (field: string | undefined, file, { filename }) => {
      // Its place is taken now: files may end in another order than they began. A part need not have a name.
      const entry: FormFile = { field: field ?? '', bytes: Buffer.alloc(0) };
      form.files.push(entry);
      collect(file, budget, fail, (bytes) => {
        entry.bytes = bytes;
        if (bytes.length === 0 && !filename) form.files.splice(form.files.indexOf(entry), 1);
      });
    });
    parser.on('field', (given: string | undefined, value, info) => {
      const name = given ?? '';
      if (info.valueTruncated || info.nameTruncated) return fail(damaged(`field "${name.slice(0, 40)}" is too long`));
      const before = form.fields[name];
      form.fields[name] = before === undefined ? value : [before, value].flat();
    });
    parser.on('filesLimit', () => fail(tooManyFiles(mostFiles)));
    parser.on('fieldsLimit', () => fail(damaged(`more than ${MAX_FIELDS} fields`)));
    parser.on('error', fail);
    parser.on('close', () => resolve(form));
    stream.on('error', fail);
    stream.on('close', () => stream.readableEnded || fail(damaged('the body broke off')));
    stream.pipe(parser);
  });
}

function makeParser(headers: IncomingHttpHeaders, limits: Limits, files: number): busboy.Busboy {
  try {
    return busboy({
      headers,
      limits: {
        files,
        fields: MAX_FIELDS,
        fieldSize: MAX_FIELD_BYTES,
        fileSize: limits.maxBytes + 1,
        headerPairs: 100,
      },
    });
  } catch (error) {
    throw damaged(error);
  }
}

function collect(
  file: Readable,
  budget: { left: number; limits: Limits },
  fail: (error: unknown) => void,
  done: (bytes: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  file.on('data', (chunk: Buffer) => {
    budget.left -= chunk.length;
    if (budget.left < 0) fail(tooLarge(budget.limits.maxBytes));
    else chunks.push(chunk);
  });
  file.on('error', fail);
  file.on('end', () => done(Buffer.concat(chunks)));
}

function tooManyFiles(most: number): Problem {
  const detail =
    most === 1
      ? 'Send one picture; this form has more than one file.'
      : `Send at most ${most} pictures at once; this form has more.`;
  return new Problem('source-ambiguous', detail);
}

function damaged(cause: unknown): Problem {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Problem('multipart-invalid', `The multipart body cannot be read: ${reason.replace(/\.$/, '')}.`, {
    cause,
  });
}
