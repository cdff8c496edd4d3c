import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { picture } from '../test/pictures.ts';
import { Held } from './fixtures/held.ts';
import type { PipelineEvent } from './generated/obscura/v1/PipelineEvent.ts';
import { collect, failureOf } from './testing.ts';

let held: Held;
beforeEach(() => {
  held = new Held();
});
afterEach(() => held.stop());
const png = await picture(6, 4).png().toBuffer();

describe('a pipeline', () => {
  const run = () => collect<PipelineEvent>(held.client.runPipeline({ picture: { data: png }, steps: 'rotate:90' }));
  const events = (response: ServerResponse, ...all: [string, object][]) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // In small pieces, with a comment in between, as a network may deliver it.
    const text = all.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(': alive\n\n');
    for (let at = 0; at < text.length; at += 7) response.write(text.slice(at, at + 7));
    response.end();
  };
  const step = { name: 'rotate', function: 'rotate-fn', start: 1, ms: { queue: 2, call: 3, work: 4 }, tries: 1 };

  test('is told step by step', async () => {
    await held.start();
    const picture = { image: 'AQID', contentType: 'image/png', width: 4, height: 6 };
    held.answer = (_, response) =>
      events(
        response,
        ['begun', { steps: [{ name: 'rotate' }] }],
        ['step', { ...step, bytes: 3, width: 4, height: 6 }],
        ['picture', {}],
        ['done', { labels: [], picture, ms: 9 }],
      );
    const [begun, first, done, ...more] = await run();
    expect(begun?.begun?.steps).toEqual(['rotate']);
    expect(first?.step).toMatchObject({ name: 'rotate', startMs: 1, queueMs: 2, callMs: 3, workMs: 4, bytes: 3 });
    expect(done?.done).toMatchObject({ tookMs: 9, picture: { data: Buffer.from([1, 2, 3]), width: 4, height: 6 } });
    expect(more).toEqual([]);
    expect(held.seen[0]?.request.url).toBe('/function/pipeline-fn?steps=rotate%3A90&pictures=last');
    expect(held.seen[0]?.body.equals(png)).toBe(true);
  });

  test('that fails in the middle ends with the problem as its status', async () => {
    await held.start();
    const problem = { code: 'picture-damaged', status: 422, title: 'Damaged', detail: 'It is cut short.', step: 1 };
    held.answer = (_, response) => events(response, ['begun', { steps: [] }], ['failed', problem]);
    expect(await failureOf(run())).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'It is cut short.',
      ErrorInfo: { reason: 'PICTURE_DAMAGED', metadata: { step: '1', function: 'pipeline-fn' } },
    });
  });

  test('that is not there, or is refused, says so', async () => {
    await held.start();
    held.answer = (_, response) => response.writeHead(404).end();
    expect(await failureOf(run())).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('not deployed'),
    });
    const problem = JSON.stringify({
      code: 'option-invalid',
      status: 400,
      title: 'x',
      detail: 'Not so.',
      option: 'steps',
    });
    held.answer = (_, response) => response.writeHead(400, { 'content-type': 'application/problem+json' }).end(problem);
    expect(await failureOf(run())).toMatchObject({
      code: 'INVALID_ARGUMENT',
      BadRequest: { fieldViolations: [{ field: 'steps' }] },
    });
  });

  test('whose caller leaves is left too', async () => {
    await held.start();
    const left = new Promise((resolve) => {
      held.answer = (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': begun\n\n');
        request.socket.once('close', resolve);
      };
    });
    const stream = held.client.runPipeline({ picture: { data: png } });
    setTimeout(() => stream.cancel(), 200);
    expect((await failureOf(collect(stream))).code).toBe('CANCELLED');
    await left;
  });
});
