import { TEXTS } from './texts.ts';

/** What went wrong, in words, and whether another try may help. */
export class Trouble extends Error {
  readonly code: string;
  /** The picture itself is at fault: nothing else needs to be tried with it. */
  get aboutPicture(): boolean {
    return PICTURE_CODES.includes(this.code);
  }

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

const PICTURE_CODES = [
  'not-a-picture',
  'format-unsupported',
  'picture-damaged',
  'body-too-large',
  'too-many-pixels',
  'source-missing',
];

/** Somebody asked for something newer: this answer is of no use any more. */
export class Superseded extends Error {}

export interface Answer {
  body: Blob;
  header(name: string): string | null;
  /** Milliseconds from sending to the last byte. */
  took: number;
}

export interface Sending {
  accept: string;
  signal: AbortSignal;
  /** 0…1 while the picture is on its way; 1 when it has arrived. */
  onUpload?: (share: number) => void;
}

/**
 * Posts a form to one of this function's routes. XMLHttpRequest, because `fetch` tells nothing about an upload's progress.
 * @throws Trouble in words, or Superseded
 */
export function post(route: string, form: FormData, { accept, signal, onUpload }: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = new XMLHttpRequest();
    request.open('POST', route);
    request.responseType = 'blob';
    request.setRequestHeader('accept', accept);
    request.upload.onprogress = (event) => event.lengthComputable && onUpload?.(event.loaded / event.total);
    request.upload.onload = () => onUpload?.(1);
    request.onload = () => {
      const header = (name: string): string | null => request.getResponseHeader(name);
      const answer = { body: request.response as Blob, header, took: performance.now() - started };
      if (request.status === 200) resolve(answer);
      else troubleOf(request.status, answer).then(reject, reject);
    };
    request.onerror = () => reject(new Trouble(navigator.onLine ? TEXTS.noAnswer : TEXTS.offline, 'no-answer'));
    request.onabort = () => reject(new Superseded());
    signal.addEventListener('abort', () => request.abort(), { once: true });
    if (signal.aborted) reject(new Superseded());
    else request.send(form);
  });
}

/** A problem's own sentence, or ours for what the gateway said. */
async function troubleOf(status: number, answer: Answer): Promise<Trouble> {
  const own = answer.header('content-type')?.startsWith('application/problem+json') ? await readJson(answer.body) : {};
  const { detail, code } = own as { detail?: unknown; code?: unknown };
  const sentence = typeof detail === 'string' ? detail : (TEXTS.byStatus[status] ?? TEXTS.otherStatus(status));
  return new Trouble(sentence, typeof code === 'string' ? code : String(status));
}

async function readJson(body: Blob): Promise<unknown> {
  try {
    return JSON.parse(await body.text()) ?? {};
  } catch {
    return {};
  }
}

/** Reads a JSON answer. @throws Trouble when it is none */
export async function jsonOf<T>(body: Blob, isRight: (value: Partial<T>) => boolean): Promise<T> {
  const value = (await readJson(body)) as Partial<T>;
  if (!isRight(value)) throw new Trouble(TEXTS.wrongAnswer, 'wrong-answer');
  return value as T;
}

/** Sum of a `Server-Timing` header, milliseconds. */
export function workTime(header: string | null): number | undefined {
  const parts = [...(header ?? '').matchAll(/;dur=([\d.]+)/g)].map((match) => Number(match[1]));
  return parts.length > 0 ? parts.reduce((sum, ms) => sum + ms, 0) : undefined;
}

/** Runs one piece of work at a time: starting the next one stops the one before. */
export function latest(): () => AbortSignal {
  let current: AbortController | undefined;
  return () => {
    current?.abort();
    current = new AbortController();
    return current.signal;
  };
}
