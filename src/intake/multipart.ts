import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { Problem } from '#platform/problems';
import { tooLarge } from './body.ts';
import type { Limits } from './limits.ts';

export interface Form {
  /** Uploaded files by field name, in order. A file field left empty in a browser is not among them. */
  files: { field: string; bytes: Buffer }[];
  /** Text fields by name; a repeated one becomes an array. */
  fields: Record<string, string | string[]>;
}

const MAX_FIELDS = 2_100;
const MAX_FIELD_BYTES = 1024 * 1024;

/**
 * Reads `multipart/form-data` (RFC 7578) as it streams in.
 * @throws Problem `multipart-invalid` or `body-too-large`
 */
export function readMultipart(stream: Readable, headers: IncomingHttpHeaders, limits: Limits): Promise<Form> {
  return new Promise((resolve, reject) => {
    const form: Form = { files: [], fields: Object.create(null) };
    const parser = makeParser(headers, limits);
    const fail = (error: unknown): void => {
      stream.unpipe(parser);
      reject(error instanceof Problem ? error : damaged(error));
    };
    parser.on('file', (field, file) => collect(file, limits, (bytes) => form.files.push({ field, bytes }), fail));
    parser.on('field', (name, value, info) => {
      if (info.valueTruncated || info.nameTruncated) return fail(damaged(`field "${name.slice(0, 40)}" is too long`));
      const before = form.fields[name];
      form.fields[name] = before === undefined ? value : [before, value].flat();
    });
    parser.on('filesLimit', () =>
      fail(new Problem('source-ambiguous', 'Send one picture; this form has more than one file.')),
    );
    parser.on('fieldsLimit', () => fail(damaged(`more than ${MAX_FIELDS} fields`)));
    parser.on('error', fail);
    parser.on('close', () => resolve(form));
    stream.on('error', fail);
    stream.on('close', () => stream.readableEnded || fail(damaged('the body broke off')));
    stream.pipe(parser);
  });
}

function makeParser(headers: IncomingHttpHeaders, limits: Limits): busboy.Busboy {
  try {
    return busboy({
      headers,
      limits: {
        files: 1,
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
  file: Readable & { truncated?: boolean },
  limits: Limits,
  done: (bytes: Buffer) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  file.on('data', (chunk: Buffer) => chunks.push(chunk));
  file.on('limit', () => fail(tooLarge(limits.maxBytes)));
  file.on('error', fail);
  file.on('end', () => {
    const bytes = Buffer.concat(chunks);
    if (bytes.length > 0) done(bytes);
  });
}

function damaged(cause: unknown): Problem {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Problem('multipart-invalid', `The multipart body cannot be read: ${reason.replace(/\.$/, '')}.`, {
    cause,
  });
}
