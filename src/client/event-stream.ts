import { createParser } from 'eventsource-parser';

/** One server-sent event; its data is JSON. */
export interface ServerEvent {
  event: string;
  data: unknown;
}

/**
 * Parses `text/event-stream` (WHATWG HTML §9.2); an incomplete event at the end is dropped.
 * @returns a function that takes the next bytes and returns the events that they complete. It throws SyntaxError if the
 *   data is not JSON.
 */
export function eventReader(): (bytes: Uint8Array) => ServerEvent[] {
  const decoder = new TextDecoder();
  let events: ServerEvent[] = [];
  const parser = createParser({
    onEvent: ({ event = 'message', data }) => {
      if (data !== '') events.push({ event, data: JSON.parse(data) });
    },
  });
  return (bytes) => {
    events = [];
    parser.feed(decoder.decode(bytes, { stream: true }));
    return events;
  };
}
