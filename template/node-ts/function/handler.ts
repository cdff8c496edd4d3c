import type { FunctionContext, FunctionEvent } from '#handler';

/** Says what it was sent. Put in its place what your function does. */
export default async function handler(event: FunctionEvent, context: FunctionContext): Promise<void> {
  context.status(200).succeed({ body: event.body, 'content-type': event.headers['content-type'] });
}
