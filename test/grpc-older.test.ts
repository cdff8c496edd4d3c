import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../grpc/ask.ts';
import type { NLCustomImageEndpointResponse } from '../grpc/generated/NLCustomImageEndpointResponse.ts';
import type { NLImage } from '../grpc/generated/NLImage.ts';
import { NLImageService } from '../grpc/protos.ts';
import { failureOf } from '../grpc/testing.ts';
import { edgeFixture } from './edge.ts';
import { gradient, picture, pixelsOf } from './pictures.ts';

/* The older contract, in front of the whole system. */

const setup = edgeFixture();
let older: InstanceType<typeof NLImageService>;
beforeAll(() => {
  older = new NLImageService(setup.edge.address, credentials.createInsecure());
});
afterAll(() => older?.close());

const turn = async (image: object, rotation: string) =>
  (await ask<NLImage>((callback) => older.rotateImage({ image, rotation: rotation as 'NONE' }, callback))).reply;

test('a picture that is no square is turned whole, and keeps its transparency', async () => {
  const reply = await turn({ color: true, data: setup.png, width: 90, height: 60 }, 'NINETY_DEG');
  expect([reply.width, reply.height, reply.color]).toEqual([60, 90, true]);
  const { width, height, channels } = await pixelsOf(reply.data);
  expect([width, height, channels]).toEqual([60, 90, 4]);
  const back = await turn({ color: true, data: reply.data }, 'TWO_SEVENTY_DEG');
  expect((await pixelsOf(back.data)).data.equals((await pixelsOf(setup.png)).data)).toBe(true);
});

test('sides that are wrong in the request are right in the reply; NONE changes no byte', async () => {
  const reply = await turn({ color: true, data: setup.jpeg, width: 7, height: 7 }, 'NONE');
  expect([reply.width, reply.height]).toEqual([90, 60]);
  expect(reply.data.equals(setup.jpeg)).toBe(true);
});

test('raw rows and the same picture encoded get the same score', async () => {
  const score = async (image: object) =>
    (await ask<NLCustomImageEndpointResponse>((callback) => older.customImageEndpoint({ image }, callback))).reply
      .score;
  const rows = { color: true, data: gradient(90, 60), width: 90, height: 60 };
  const raw = await score(rows);
  expect(raw).toBeGreaterThan(0);
  expect(raw).toBeLessThan(1);
  expect(await score({ data: await picture(90, 60).png().toBuffer() })).toBeCloseTo(raw, 6);
});

test('a broken picture is an answer, not UNKNOWN', async () => {
  const broken = older.rotateImage.bind(older, { image: { data: Buffer.from('nothing of a picture') } });
  expect(await failureOf(ask((callback) => broken(callback)))).toMatchObject({ code: 'INVALID_ARGUMENT' });
});
