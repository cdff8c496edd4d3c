import { expect, test } from 'vitest';
import { eventReader } from './event-stream.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

test('events come when they are whole, however the bytes are cut', () => {
  const text =
    ': alive\n\nevent: step\ndata: {"name":"Größe"}\n\ndata: [1,\ndata: 2]\r\n\r\nevent: empty\n\nevent: cut\ndata: 1';
  const all = [
    { event: 'step', data: { name: 'Größe' } },
    { event: 'message', data: [1, 2] },
  ];
  for (const size of [1, 3, 7, text.length * 2]) {
    const read = eventReader();
    const bytes = bytesOf(text);
    const found = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...read(bytes.subarray(at, at + size)));
    expect(found).toEqual(all);
  }
});

test('a picture in thousands of pieces is one event', () => {
  const read = eventReader();
  const piece = bytesOf('A'.repeat(1_000));
  expect(read(bytesOf('event: picture\ndata: "'))).toEqual([]);
  for (let i = 0; i < 4_000; i++) expect(read(piece)).toEqual([]);
  expect(read(bytesOf('"\n\n'))).toEqual([{ event: 'picture', data: 'A'.repeat(4_000_000) }]);
});

test('data that are no JSON are an error', () => {
  expect(() => eventReader()(bytesOf('data: {\n\n'))).toThrow(SyntaxError);
});
