import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { ask } from '../grpc/ask.ts';
import type { ClassifyReply } from '../grpc/generated/obscura/v1/ClassifyReply.ts';
import type { EmbedReply } from '../grpc/generated/obscura/v1/EmbedReply.ts';
import type { PictureReply } from '../grpc/generated/obscura/v1/PictureReply.ts';
import type { PipelineEvent } from '../grpc/generated/obscura/v1/PipelineEvent.ts';
import type { RotateRequestInput } from '../grpc/generated/obscura/v1/RotateRequest.ts';
import type { TransformRequestInput } from '../grpc/generated/obscura/v1/TransformRequest.ts';
import { ImageService } from '../grpc/protos.ts';
import { collect, failureOf, startEdgeProcess } from '../grpc/testing.ts';
import { edgeFixture } from './edge.ts';
import { hugePng, picture } from './pictures.ts';

/* The edge in front of the whole system: what gRPC answers is what REST answers. */

const setup = edgeFixture();
const { rest } = setup;

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
const restJson = async (path: string, body: Buffer): Promise<any> => JSON.parse(String((await rest(path, body)).bytes));

describe('pictures are byte for byte what REST answers', () => {
  const steps = [
    { operation: 'rotate', options: [{ name: 'angle', value: '90' }] },
    {
      operation: 'resize',
      options: [
        { name: 'width', value: '40' },
        { name: 'height', value: '40' },
      ],
    },
  ];
  const rows: [string, string, () => Promise<{ reply: PictureReply }>][] = [
    ['a quarter turn', 'rotate-fn?angle=90', () => rotate({ angle: 90 })],
    ['the default turn', 'rotate-fn', () => rotate({})],
    ['no turn', 'rotate-fn?angle=0', () => rotate({ angle: 0 })],
    [
      'a slanted turn into another format',
      'rotate-fn?angle=30&direction=ccw&background=ff0000&format=webp&quality=60',
      () =>
        rotate({
          angle: 30,
          direction: 'DIRECTION_CCW',
          background: 'ff0000',
          output: { format: 'FORMAT_WEBP', quality: 60 },
        }),
    ],
    ['a chain', 'transform-fn?chain=rotate:90;grayscale', () => transform({ chain: 'rotate:90;grayscale' })],
    ['steps', 'transform-fn?chain=rotate:90;resize:width=40,height=40', () => transform({ steps })],
    ['the default chain', 'transform-fn', () => transform({})],
  ];
  let sent: Buffer;
  const rotate = (request: RotateRequestInput) =>
    ask<PictureReply>((callback) => setup.client.rotate({ ...request, picture: { data: sent } }, callback));
  const transform = (request: TransformRequestInput) =>
    ask<PictureReply>((callback) => setup.client.transform({ ...request, picture: { data: sent } }, callback));

  test.each(rows)('%s', async (name, query, call) => {
    for (const input of [setup.jpeg, setup.png]) {
      sent = input;
      const { bytes, headers } = await rest(query, input);
      const { reply } = await call();
      expect(reply.data.equals(bytes)).toBe(true);
      expect(reply).toMatchObject({
        contentType: headers.get('content-type'),
        width: Number(headers.get('x-image-width')),
        height: Number(headers.get('x-image-height')),
      });
      // The same chain in other words is another request, though its bytes are equal.
      if (name !== 'steps') expect(reply.etag).toBe(headers.get('etag'));
    }
  });
});

describe('what is in a picture', () => {
  test('labels are those of REST, a comma in one included', async () => {
    const labels = ['cat', 'dog, asleep', 'car'];
    const query = `clip-fn?minCosine=0&top=2&labels=${encodeURIComponent(JSON.stringify(labels))}`;
    const expected = await restJson(query, setup.jpeg);
    const { reply } = await ask<ClassifyReply>((callback) =>
      setup.client.classify({ picture: { data: setup.jpeg }, labels, top: 2, minCosine: 0 }, callback),
    );
    expect(reply).toMatchObject({ model: expected.model, unknown: expected.unknown });
    expect(reply.labels).toEqual(
      expected.labels.map((label: object) => ({ unfamiliar: false, truncated: false, ...label })),
    );
    expect(reply.timings.map(({ stage }) => stage)).toEqual(Object.keys(expected.timings));
  });

  test('a label set, a prompt, a thousand labels', async () => {
    const classify = async (request: object) =>
      (
        await ask<ClassifyReply>((callback) =>
          setup.client.classify({ picture: { data: setup.jpeg }, ...request }, callback),
        )
      ).reply.labels;
    const best = await restJson('clip-fn?labelset=cifar10&prompt=none', setup.jpeg);
    const set = await classify({ labelset: 'cifar10', prompt: ['none'] });
    expect(set.map(({ label, score }) => ({ label, score }))).toEqual(
      best.labels.map(({ label, score }: { label: string; score: number }) => ({ label, score })),
    );
    const many = Array.from({ length: 1_000 }, (_, i) => `thing number ${i}`);
    // A busy machine may need several calls: labels that are worked out are kept.
    const inTheEnd = (): ReturnType<typeof classify> =>
      classify({ labels: many, top: 7 }).catch((error: ServiceError) => {
        if (error.code === status.DEADLINE_EXCEEDED) return inTheEnd();
        throw error;
      });
    expect(await inTheEnd()).toHaveLength(7);
  });

  test('classes by example are those of REST, by pictures and by vectors', async () => {
    const { image } = await restJson('clip-fn?do=embed', setup.jpeg);
    const [one, other] = [await picture(40, 30).jpeg().toBuffer(), setup.png];
    const examples = { a: [one.toString('base64'), image], 'b, c': [other.toString('base64')] };
    const body = JSON.stringify({ image: setup.jpeg.toString('base64'), examples, labels: ['a', 'b, c'] });
    const expected = await restJson('clip-fn', Buffer.from(body));
    const { reply } = await ask<ClassifyReply>((callback) =>
      setup.client.classify(
        {
          picture: { data: setup.jpeg },
          labels: ['a', 'b, c'],
          examples: [
            { label: 'a', pictures: [{ data: one }], vectors: [{ values: image }] },
            { label: 'b, c', pictures: [{ data: other }] },
          ],
        },
        callback,
      ),
    );
    expect(reply.labels.map(({ label, score }) => [label, score])).toEqual(
      expected.labels.map(({ label, score }: { label: string; score: number }) => [label, score]),
    );
    expect(reply.state).toBe(expected.state);
    const empty = { picture: { data: setup.jpeg }, examples: [{ label: 'a', pictures: [{}] }] };
    expect(await failureOf(ask((callback) => setup.client.classify(empty, callback)))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      BadRequest: { fieldViolations: [{ field: 'examples' }] },
    });
  });

  test('embeddings are those of REST', async () => {
    const expected = await restJson('clip-fn?do=embed&text=a+cat&text=a+dog', setup.jpeg);
    const { reply } = await ask<EmbedReply>((callback) =>
      setup.client.embed({ picture: { data: setup.jpeg }, texts: ['a cat', 'a dog'] }, callback),
    );
    expect(reply.picture?.values).toEqual(expected.image);
    expect(reply.texts.map(({ values }) => values)).toEqual(expected.texts);
    const texts = await ask<EmbedReply>((callback) => setup.client.embed({ texts: ['a cat'] }, callback));
    expect(texts.reply.picture).toBeNull();
    expect(texts.reply.texts[0]?.values).toEqual(expected.texts[0]);
  });
});

test('a pipeline tells of each step, and its picture is what REST answers', async () => {
  const steps = 'rotate:90;grayscale;classify:labels=cat|dog';
  const events = await collect<PipelineEvent>(setup.client.runPipeline({ picture: { data: setup.jpeg }, steps }));
  const names = events.flatMap(({ step }) => (step ? [step.name] : []));
  expect([events[0]?.begun?.steps, [...names].sort()]).toEqual([
    ['rotate', 'grayscale', 'classify'],
    ['classify', 'grayscale', 'rotate'],
  ]);
  const done = events.at(-1)?.done;
  expect(done?.labels.map(({ label }) => label).sort()).toEqual(['cat', 'dog']);
  const query = `pipeline-fn?output=picture&steps=${encodeURIComponent(steps)}`;
  expect(done?.picture?.data.equals((await rest(query, setup.jpeg)).bytes)).toBe(true);
  const failed = failureOf(collect(setup.client.runPipeline({ picture: { data: setup.jpeg }, steps: 'nothing' })));
  expect((await failed).code).toBe('INVALID_ARGUMENT');
});

describe('errors', () => {
  const rotate = (request: object) => failureOf(ask((callback) => setup.client.rotate(request, callback)));

  test.each([
    ['no picture', {}, 'INVALID_ARGUMENT', 'source-missing'],
    ['an empty one', { picture: { data: Buffer.alloc(0) } }, 'INVALID_ARGUMENT', 'source-missing'],
    ['a text', { picture: { data: Buffer.from('hello there, no picture') } }, 'INVALID_ARGUMENT', 'not-a-picture'],
    ['too many pixels', { picture: { data: hugePng(20_000, 20_000) } }, 'INVALID_ARGUMENT', 'too-many-pixels'],
    ['a private address', { picture: { url: 'http://127.0.0.1/x.png' } }, 'PERMISSION_DENIED', 'address-refused'],
  ])('%s', async (_, request, code, problem) => {
    expect(await rotate(request)).toMatchObject({ code, ErrorInfo: { metadata: { code: problem } } });
  });

  test('a cut picture', async () => {
    const failed = await rotate({ picture: { data: setup.jpeg.subarray(0, 400) } });
    expect(failed).toMatchObject({ code: 'INVALID_ARGUMENT', ErrorInfo: { metadata: { code: 'picture-damaged' } } });
  });

  test('a wrong option is named, and so is what is allowed', async () => {
    const failed = await rotate({ picture: { data: setup.jpeg }, angle: 9_999 });
    expect(failed.BadRequest.fieldViolations[0].field).toBe('angle');
    expect(failed.ErrorInfo.metadata.allowed).toContain('-3600');
    const both = ask((callback) =>
      setup.client.transform(
        { picture: { data: setup.jpeg }, chain: 'grayscale', steps: [{ operation: 'flip' }] },
        callback,
      ),
    );
    expect(await failureOf(both)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      BadRequest: { fieldViolations: [{ field: 'steps' }] },
    });
  });

  test('the call id is in the function’s log', async () => {
    const metadata = new Metadata();
    metadata.set('x-call-id', 'grpc-call-42');
    await failureOf(
      ask((callback) => setup.client.rotate({ picture: { data: Buffer.from('no') } }, metadata, callback)),
    );
    await expect.poll(() => setup.system.output()).toContain('grpc-call-42');
  });
});

test('SIGTERM lets the call in flight finish, then ends with 0', async () => {
  const leaving = await startEdgeProcess(setup.system.url);
  const last = new ImageService(leaving.address, credentials.createInsecure());
  const large = await picture(1_250, 1_000).png().toBuffer();
  const request = { picture: { data: large }, chain: 'blur:20;rotate:10', output: { format: 'FORMAT_WEBP' as const } };
  const call = ask((callback) => last.transform(request, { deadline: Date.now() + 15_000 }, callback));
  const running = async () =>
    (await (await fetch(leaving.metricsUrl)).text()).match(/^obscura_grpc_calls_running.* 1$/m);
  await expect.poll(running, { interval: 5 }).not.toBeNull();
  leaving.kill('SIGTERM');
  expect((await call).reply).toMatchObject({ contentType: 'image/webp' });
  expect(await leaving.stop()).toBe(0);
  last.close();
});
