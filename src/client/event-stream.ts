import { createParser } from 'eventsource-parser';

/** One server-sent event; its data is JSON. */
export interface ServerEvent {
  event: string;
  data: unknown;
}

/**
 * A reader of `text/event-stream` (WHATWG HTML §9.2); an event that the stream breaks off in is lost.
 * @returns takes the stream's next bytes and gives the events that end in them. It throws SyntaxError for data that
 *   are no JSON.
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
