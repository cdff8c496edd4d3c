import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { numberOption } from '#contract/options';
import { Problem } from '#contract/problems';
import { eventOf, formOf, rejectionOf, type Sent } from '../../test/events.ts';
import { hugePng, picture } from '../../test/pictures.ts';
import { MAX_PICTURES, parseBatchRequest } from './parse-batch-request.ts';

const schema = z.object({ top: numberOption({ min: 1, max: 9, int: true }).optional() });
const limits = { maxBytes: 100_000, maxPixels: 10_000 };
const take = (sent: Sent, rule: 'required' | 'optional' = 'required') =>
  parseBatchRequest(eventOf(sent), schema, { limits, picture: rule });
const refusal = (sent: Sent) => rejectionOf(take(sent));
const blob = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);

let pngs: Buffer[];
beforeAll(async () => {
  pngs = await Promise.all([10, 20, 30].map((side) => picture(side, side).png().toBuffer()));
});
const widths = (pictures: unknown[]) =>
  pictures.map((one) => (one instanceof Problem ? one.code : (one as { width: number }).width));
const formOfAll = (bytes: Uint8Array[], field = 'image') =>
  formOf(bytes.map((one, i): [string, Blob, string] => [field, blob(one), `${i}.png`]));

describe('a batch', () => {
  test.each(['image', 'file', 'images'])('of files in the field %s, in order, with options', async (field) => {
    const sent = await formOfAll(pngs, field);
    const { pictures, batch, options } = await take({ ...sent, query: { top: '3' } });
    expect(widths(pictures)).toEqual([10, 20, 30]);
    expect({ batch, options }).toEqual({ batch: true, options: { top: 3 } });
  });

  test('of base64 texts in JSON', async () => {
    const body = JSON.stringify({ images: pngs.map((png) => png.toString('base64')), top: 2 });
    const { pictures, batch } = await take({ body, headers: { 'content-type': 'application/json' } });
    expect(widths(pictures)).toEqual([10, 20, 30]);
    expect(batch).toBe(true);
  });

  test('of one is a batch where it says so', async () => {
    expect((await take(await formOfAll(pngs.slice(0, 1), 'images'))).batch).toBe(true);
    expect((await take(await formOfAll(pngs.slice(0, 1), 'image'))).batch).toBe(false);
    expect((await take({ body: pngs[0]! })).batch).toBe(false);
  });

  test('in which some are bad: each stays at its place, with what is wrong', async () => {
    const bad = [Buffer.from('a letter, no picture'), Buffer.alloc(0), hugePng(5_000, 5_000)];
    const sent = await formOfAll([pngs[0]!, bad[0]!, pngs[1]!, bad[1]!, bad[2]!]);
    expect(widths((await take(sent)).pictures)).toEqual([
      10,
      'not-a-picture',
      20,
      expect.any(String),
      'too-many-pixels',
    ]);
  });
});

describe('what is wrong with all of it is thrown', () => {
  test('a bad picture that comes alone', async () => {
    expect(await refusal({ body: 'a letter, no picture' })).toMatchObject({ code: 'not-a-picture' });
  });

  test('more bytes together than one picture may have', async () => {
    const noise = Buffer.concat([pngs[0]!, Buffer.alloc(40_000)]);
    expect(await refusal(await formOfAll([noise, noise, noise]))).toMatchObject({ code: 'body-too-large' });
    const body = JSON.stringify({ images: [noise, noise, noise].map((one) => one.toString('base64')) });
    expect(await refusal({ body })).toMatchObject({ code: 'body-too-large' });
  });

  test('more pictures than allowed', async () => {
    const many = Array.from({ length: MAX_PICTURES + 1 }, () => pngs[0]!);
    expect(await refusal(await formOfAll(many))).toMatchObject({ code: 'source-ambiguous', status: 400 });
    const body = JSON.stringify({ images: many.map((one) => one.toString('base64')) });
    expect(await refusal({ body })).toMatchObject({ code: 'option-invalid', members: { option: 'images' } });
  });

  test.each([[[]], [[7]], ['%%'], [{}]])('images that are %j', async (images) => {
    expect(await refusal({ body: JSON.stringify({ images }) })).toMatchObject({ code: 'option-invalid' });
  });

  test('a batch and another source, a file in a field there is not, no picture', async () => {
    const base64 = pngs[0]!.toString('base64');
    expect(await refusal({ body: JSON.stringify({ images: [base64], image: base64 }) })).toMatchObject({
      code: 'source-ambiguous',
    });
    const stray = await formOf([
      ['image', blob(pngs[0]!), 'a.png'],
      ['photo', blob(pngs[1]!), 'b.png'],
    ]);
    expect(await refusal(stray)).toMatchObject({ code: 'option-unknown' });
    expect(await refusal({})).toMatchObject({ code: 'source-missing' });
    expect((await take({}, 'optional')).pictures).toEqual([]);
  });
});
