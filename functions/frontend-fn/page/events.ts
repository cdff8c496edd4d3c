/** One server-sent event; its data is JSON. */
export interface ServerEvent {
  event: string;
  data: unknown;
}

/**
 * Reads `text/event-stream` as it comes (WHATWG HTML §9.2). A gateway that holds it back until
 * the end changes nothing but when the events are seen.
 */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let block: string[] = [];
  for await (const line of readLines(stream)) {
    if (line !== '') {
      block.push(line);
      continue;
    }
    const event = eventOf(block);
    block = [];
    if (event) yield event;
  }
  const last = eventOf(block);
  if (last) yield last;
}

/** A line may come in thousands of pieces (a picture is one line): they are joined once. */
async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    const lines = decoder.decode(value, { stream: !done }).split('\n');
    for (const line of lines.slice(0, -1)) {
      yield [...pieces, line].join('').replace(/\r$/, '');
      pieces = [];
    }
    pieces.push(lines.at(-1) ?? '');
    if (!done) continue;
    const rest = pieces.join('');
    if (rest !== '') yield rest;
    return;
  }
}

function eventOf(lines: string[]): ServerEvent | undefined {
  const field = (name: string): string =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart())
      .join('\n');
  const data = field('data');
  return data === '' ? undefined : { event: field('event') || 'message', data: JSON.parse(data) };
}
