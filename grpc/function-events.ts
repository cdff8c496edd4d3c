import { accessKey, type Call, gatewayUrl } from '#client/function-client';
import { PROBLEMS, Problem, type ProblemCode } from '#contract/problems';
import { SMALL_BYTES } from '#process/uploads';

/** One event of a function that answers with `text/event-stream`. */
export interface FunctionEvent {
  event: string;
  data: unknown;
}

/** Room for a long line: a picture in base64 is the largest thing in one. */
export interface LongLine {
  /** Characters. */
  most: number;
  /** Waits for it. Lines that are short never ask. */
  take(): Promise<void>;
  /** The line's event was used. */
  giveBack(): void;
}

type Request = Pick<Call, 'query' | 'body' | 'headers' | 'callId' | 'timeoutMs' | 'signal'> & { longLine: LongLine };

/**
 * Calls a function through the gateway and hands its events on as they come.
 * @throws Problem the function's own, whether it is the answer or the event `failed`; `function-failed`; `timed-out`
 */
export async function* functionEvents(name: string, request: Request): AsyncGenerator<FunctionEvent> {
  const response = await send(name, request);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (!response.ok || !isStream || !response.body) throw await refusal(name, response);
  for await (const { event, data } of readEvents(name, response.body, request.longLine)) {
    if (event === 'failed') throw problemFrom(name, data);
    yield { event, data };
  }
}

async function send(
  name: string,
  { query = {}, body, headers, callId, timeoutMs = 1, signal }: Request,
): Promise<Response> {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((item): [string, string] => [key, String(item)]),
  );
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(`${gatewayUrl()}/function/${name}?${new URLSearchParams(pairs)}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        accept: 'text/event-stream',
        'x-call-id': callId,
        'x-timeout': `${timeoutMs}ms`,
        ...(body && { 'content-type': 'application/octet-stream' }),
        ...accessKey(),
        ...headers,
      },
      ...(body && { body: body as Buffer<ArrayBuffer> }),
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    if (deadline.aborted) throw new Problem('timed-out', `The function ${name} did not answer in time; try again.`);
    throw failed(name, 'could not be reached through the gateway; try again', cause);
  }
}

/** The parts of `text/event-stream` (WHATWG HTML §9.2) that our functions use: `event` and one line of JSON. */
export async function* readEvents(
  name: string,
  body: AsyncIterable<Uint8Array>,
  longLine: LongLine,
): AsyncGenerator<FunctionEvent> {
  let event = 'message';
  let data: string | undefined;
  try {
    for await (const line of readLines(name, body, longLine)) {
      const [, field, value] = /^(event|data): ?(.*)$/s.exec(line) ?? [];
      if (field === 'event') event = value as string;
      if (field === 'data') data = value;
      if (line !== '') continue;
      // A comment has no data: it only keeps the line alive.
      if (data !== undefined) yield { event, data: JSON.parse(data) };
      [event, data] = ['message', undefined];
      longLine.giveBack();
    }
  } finally {
    longLine.giveBack();
  }
}

/** A line may come in thousands of pieces (a picture is one line): they are joined once. */
async function* readLines(name: string, body: AsyncIterable<Uint8Array>, longLine: LongLine): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n');
    for (const line of lines.slice(0, -1)) {
      yield [...pieces, line].join('');
      [pieces, length] = [[], 0];
    }
    const rest = lines.at(-1) as string;
    pieces.push(rest);
    const before = length;
    length += rest.length;
    if (before <= SMALL_BYTES && length > SMALL_BYTES) await longLine.take();
    if (length > longLine.most) throw failed(name, 'answered more than is allowed here');
  }
}

async function refusal(name: string, response: Response): Promise<Problem> {
  const text = await response.text();
  const retryAfter = response.headers.get('retry-after');
  const headers = retryAfter === null ? {} : { 'retry-after': retryAfter };
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) {
    const reason = response.status === 404 ? 'is not deployed on this gateway' : `failed (status ${response.status})`;
    if (response.status === 429)
      return new Problem('busy', `The function ${name} is busy; try again in a moment.`, { headers });
    return failed(name, reason, undefined, headers);
  }
  return problemFrom(name, JSON.parse(text), headers);
}

/** A problem that came as data: as an answer's body, or as an event. */
function problemFrom(name: string, data: unknown, headers: Record<string, string> = {}): Problem {
  const { code, detail, type: _type, title: _title, status: _status, ...members } = data as Record<string, unknown>;
  if (typeof code !== 'string' || typeof detail !== 'string') return failed(name, 'failed and did not say why');
  if (!Object.hasOwn(PROBLEMS, code)) return failed(name, `answered: ${detail}`);
  return new Problem(code as ProblemCode, detail, { headers, members: { ...members, function: name } });
}

function failed(name: string, reason: string, cause?: unknown, headers: Record<string, string> = {}): Problem {
  return new Problem('function-failed', `The function ${name} ${reason}.`, {
    headers,
    members: { function: name },
    cause,
  });
}
