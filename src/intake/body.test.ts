import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readBody } from './body.ts';

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7) % 251));
function* inPieces(...sizes: number[]): Generator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
const read = (declared?: string, most = 1_000_000) =>
  readBody(Readable.from(inPieces(1, 70_000, 5, 3_000)), most, declared);

test.each([undefined, '300000', '17', '0', 'nonsense', '900000'])(
  'all bytes in order, declared as %s',
  async (declared) => {
    expect((await read(declared)).equals(bytes)).toBe(true);
  },
);

test('too much is refused when it is declared, and when it comes', async () => {
  const endless = new Readable({ read() {} });
  await expect(readBody(endless, 1_000, '1001')).rejects.toMatchObject({ code: 'body-too-large' });
  expect(endless.destroyed).toBe(true);
  await expect(read('1', 299_999)).rejects.toMatchObject({ code: 'body-too-large' });
  await expect(read(undefined, 299_999)).rejects.toMatchObject({ code: 'body-too-large' });
  expect((await read(undefined, 300_000)).length).toBe(300_000);
});

test('a length that is only claimed takes no memory', async () => {
  const body = await readBody(Readable.from([Buffer.from('abc')]), 2 ** 30, String(2 ** 30));
  expect(body.toString()).toBe('abc');
  expect(body.buffer.byteLength).toBeLessThanOrEqual(1024 * 1024);
});

test('a body that breaks off is no body', async () => {
  const broken = new Readable({ read() {} });
  const reading = readBody(broken, 1_000);
  broken.push('abc');
  broken.destroy();
  await expect(reading).rejects.toThrow('broke off');
});
