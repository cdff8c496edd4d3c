import { isStepTiming, parseServerTiming } from '#kit/server-timing';
import { TEXTS } from '../texts.ts';

const { trouble: words } = TEXTS;

/** What went wrong, in words, and whether another try may help. */
export class PageError extends Error {
  readonly code: string;
  /** The picture itself is at fault: nothing else needs to be tried with it. */
  get aboutPicture(): boolean {
    return PICTURE_CODES.includes(this.code);
  }
  /** Something is still to be written: no failure, and nothing to try again. */
  get notYet(): boolean {
    return this.code === 'not-yet';
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
export class Aborted extends Error {}

export interface Answer {
  body: Blob;
  header(name: string): string | null;
  /** Milliseconds from sending to the last byte. */
  durationMs: number;
}

export interface Sending {
  accept: string;
  signal: AbortSignal;
  /** 0…1 while the picture is on its way; 1 when it has arrived. */
  onUpload?: (share: number) => void;
  /** Called when the answer is long in coming: a function that slept is starting. */
  onSlow?: () => void;
}

/** Milliseconds of silence after which a person wonders. */
const SLOW = 3_000;

/**
 * Posts a form, or JSON as a blob of its type, to one of this function's routes. XMLHttpRequest, because `fetch` tells
 * nothing about an upload's progress.
 * @throws PageError in words, Aborted
 */
export function post(
  route: string,
  form: FormData | Blob,
  { accept, signal, onUpload, onSlow }: Sending,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const started = performance.now();
    const request = new XMLHttpRequest();
    request.open('POST', route);
    request.responseType = 'blob';
    request.setRequestHeader('accept', accept);
    let slow: ReturnType<typeof setTimeout> | undefined;
    const stirred = (): void => {
      clearTimeout(slow);
      if (onSlow) slow = setTimeout(onSlow, SLOW);
    };
    request.upload.onprogress = (event) => {
      stirred();
      if (event.lengthComputable) onUpload?.(event.loaded / event.total);
    };
    request.upload.onload = () => {
      stirred();
      onUpload?.(1);
    };
    stirred();
    request.onloadend = () => clearTimeout(slow);
    request.onload = () => {
      const header = (name: string): string | null => request.getResponseHeader(name);
      const answer = { body: request.response as Blob, header, durationMs: performance.now() - started };
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else troubleOf(request.status, header, answer.body).then(reject, reject);
    };
    request.onerror = () => reject(noAnswer());
    request.onabort = () => reject(new Aborted());
    signal.addEventListener('abort', () => request.abort(), { once: true });
    if (signal.aborted) reject(new Aborted());
    else request.send(form);
  });
}

/** Nothing came back at all. */
export function noAnswer(): PageError {
  return new PageError(navigator.onLine ? words.noAnswer : words.offline, 'no-answer');
}

/** A problem's own sentence, or ours for what the gateway said. */
export async function troubleOf(
  status: number,
  header: (name: string) => string | null,
  body: Blob,
): Promise<PageError> {
  const own = header('content-type')?.startsWith('application/problem+json') ? await readJson(body) : {};
  const { detail, code } = own as { detail?: unknown; code?: unknown };
  const wait = Number(header('retry-after'));
  const ours = status === 429 && wait > 0 ? words.later(wait) : words.byStatus[status];
  const sentence = typeof detail === 'string' ? detail : (ours ?? words.otherStatus(status));
  return new PageError(sentence, typeof code === 'string' ? code : status === 413 ? 'body-too-large' : String(status));
}

/** Asks one of this function's routes. @throws PageError in words */
export async function get(route: string, accept: string): Promise<Response> {
  const response = await fetch(route, { headers: { accept } }).catch(() => {
    throw noAnswer();
  });
  if (response.ok) return response;
  throw await troubleOf(response.status, (name) => response.headers.get(name), await response.blob());
}

async function readJson(body: Blob): Promise<unknown> {
  try {
    return JSON.parse(await body.text()) ?? {};
  } catch {
    return {};
  }
}

/** Reads a JSON answer. @throws PageError when it is none */
export async function jsonOf<T>(body: Blob, isRight: (value: Partial<T>) => boolean): Promise<T> {
  const value = (await readJson(body)) as Partial<T>;
  if (!isRight(value)) throw new PageError(words.wrongAnswer, 'wrong-answer');
  return value as T;
}

/** Stages of a `Server-Timing` header, in milliseconds; not the steps that a stage is made of. */
export function stagesOf(header: string | null): [string, number][] {
  const stages = parseServerTiming(header ?? '').filter((entry) => !isStepTiming(entry));
  return stages.map(({ name, ms }) => [name, ms]);
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
