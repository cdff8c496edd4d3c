/** One server-sent event; its data is JSON. */
export interface ServerEvent {
  event: string;
  data: unknown;
}

/**
 * Reads `text/event-stream` as it comes (WHATWG HTML §9.2). A gateway that holds it back until the end changes nothing but
 * when the events are seen.
 */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) yield event;
    }
    if (done) return;
  }
}

function eventOf(block: string): ServerEvent | undefined {
  const lines = block.split(/\r?\n/);
  const field = (name: string): string =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart())
      .join('\n');
  const data = field('data');
  return data === '' ? undefined : { event: field('event') || 'message', data: JSON.parse(data) };
}
