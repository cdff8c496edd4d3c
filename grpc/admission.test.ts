import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask } from './ask.ts';
import { Held } from './fixtures/held.ts';
import type { PictureReply } from './generated/obscura/v1/PictureReply.ts';
import type { PipelineEvent } from './generated/obscura/v1/PipelineEvent.ts';
import { ImageService } from './protos.ts';
import { failureOf } from './testing.ts';

/* An edge that may hold 296 MiB: messages of some 40 MiB at once, and answers of some 65 MiB. */

const MIB = 1024 * 1024;
const ROTATE = '/obscura.v1.ImageService/Rotate';
let held: Held;
let session: ClientHttp2Session;

beforeEach(async () => {
  process.env.MEMORY_LIMIT_BYTES = String(296 * MIB);
  held = new Held();
  await held.start({ maxBytes: 32 * MIB }, undefined, { 'grpc.max_receive_message_length': -1 });
  session = connect(`http://localhost:${held.edge.port}`).on('error', () => undefined);
});
afterEach(async () => {
  delete process.env.MEMORY_LIMIT_BYTES;
  session.destroy();
  await held.stop();
});

const rotate = (data: Buffer) =>
  ask<PictureReply>((callback) => held.client.rotate({ picture: { data } }, callback as never));

async function turned(picture: Buffer): Promise<void> {
  expect((await rotate(picture)).reply).toMatchObject({ data: Buffer.from('turned') });
}

/** A call of which only this comes. @param announced what its message says that it has, bytes */
function begun(announced: number, sent: Buffer): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': ROTATE,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(announced, 1);
  stream.on('error', () => undefined).resume();
  stream.write(Buffer.concat([frame, sent]));
  return stream;
}

/** The status that a call is ended with. */
const ended = (stream: ClientHttp2Stream): Promise<number> =>
  new Promise((resolve) => {
    const read = (headers: object): void => {
      const code = (headers as Record<string, string>)['grpc-status'];
      if (code !== undefined) resolve(Number(code));
    };
    stream.on('response', read).on('trailers', read);
  });

test('large messages that stand still are ended when another needs their room; small ones never wait', async () => {
  const first = ended(begun(14 * MIB, Buffer.alloc(1000)));
  await turned(Buffer.from('small'));
  // Those that stand still have no time at all here.
  const now = performance.now.bind(performance);
  performance.now = () => now() + 60_000;
  try {
    await turned(Buffer.alloc(15 * MIB));
    expect(await first).toBe(status.RESOURCE_EXHAUSTED);
  } finally {
    performance.now = now;
  }
});

test('a message for which there never is room says how large it may be', async () => {
  const { code, message, ErrorInfo } = await failureOf(rotate(Buffer.alloc(30 * MIB)));
  expect(code).toBe('RESOURCE_EXHAUSTED');
  expect(message).toMatch(/The message has 30 MiB; this server has the memory for 1\d\.?\d* MiB/);
  expect(ErrorInfo).toMatchObject({ reason: 'BODY_TOO_LARGE' });
});

test('a call has one message', async () => {
  const message = ImageService.service.Rotate.requestSerialize({ picture: { data: Buffer.from('a') } });
  const stream = begun(message.length, message);
  const over = ended(stream);
  const second = Buffer.from([0, 0, 0, 1, 0]);
  stream.end(second);
  expect(await over).toBe(status.RESOURCE_EXHAUSTED);
});

test('a call whose message does not begin is left out, and takes no room', async () => {
  const silent = begun(0, Buffer.alloc(0));
  silent.close();
  await turned(Buffer.alloc(14 * MIB));
});

test('messages with very many parts are refused before anything is made of them', async () => {
  const steps = Array.from({ length: 100_000 }, () => ({}));
  const call = ask((callback) => held.client.transform({ picture: { data: Buffer.from('a') }, steps }, callback));
  expect(await failureOf(call)).toMatchObject({ code: 'RESOURCE_EXHAUSTED', message: /too many parts/ });
  const vectors = Array.from({ length: 600 }, () => ({ values: Array(512).fill(0.5) }));
  const examples = [{ label: 'a', vectors }];
  const classify = ask((callback) => held.client.classify({ picture: { data: Buffer.from('a') }, examples }, callback));
  expect(await failureOf(classify)).toMatchObject({ code: 'RESOURCE_EXHAUSTED', message: /too many parts/ });
  expect(held.seen).toEqual([]);
});

test('large answers come one after the other, and all arrive', async () => {
  held.answer = (_, response) => response.setHeader('content-type', 'image/png').end(Buffer.alloc(15 * MIB));
  const sizes = await Promise.all(
    Array.from({ length: 6 }, async () => (await rotate(Buffer.from('a'))).reply.data?.length),
  );
  expect(sizes).toEqual(Array(6).fill(15 * MIB));
});

test('an answer for which there never is room is a failure that says so', async () => {
  held.answer = (_, response) => response.setHeader('content-type', 'image/png').end(Buffer.alloc(40 * MIB));
  expect(await failureOf(rotate(Buffer.from('a')))).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'The function rotate-fn answered more than is allowed here.',
  });
});

test('a large picture of a pipeline takes its room, and gives it back', async () => {
  const image = Buffer.alloc(3 * MIB).toString('base64');
  const done = { labels: [], ms: 1, picture: { image, contentType: 'image/png', width: 1, height: 1 } };
  held.answer = (_, response) =>
    response.setHeader('content-type', 'text/event-stream').end(`event: done\ndata: ${JSON.stringify(done)}\n\n`);
  for (let round = 0; round < 3; round++) {
    const events = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const sizes: (number | undefined)[] = [];
        const events: AsyncIterable<PipelineEvent> = held.client.runPipeline({ picture: { data: Buffer.from('a') } });
        for await (const event of events) sizes.push(event.done?.picture?.data?.length);
        return sizes;
      }),
    );
    expect(events).toEqual([[3 * MIB], [3 * MIB], [3 * MIB]]);
  }
});
