import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import { eventStream, wantsEvents } from '#http/events';

test('events come as they are emitted, each whole', async () => {
  const stream = eventStream(async (emit) => {
    emit('step', { text: 'two\nlines' }, '1');
    emit('done', [1, 2]);
  });
  expect(await text(stream)).toBe(
    ': begun\n\nid: 1\nevent: step\ndata: {"text":"two\\nlines"}\n\nevent: done\ndata: [1,2]\n\n',
  );
});

test('what goes wrong on the way is an event; words of our own faults stay inside', async () => {
  const said = async (error: Error) =>
    JSON.parse(/data: (.*)/.exec(await text(eventStream(() => Promise.reject(error))))?.[1] ?? '');
  expect(await said(new Problem('busy', 'Later.', { members: { step: 'denoise' } }))).toEqual({
    ...{ code: 'busy', status: 429, title: 'Busy', detail: 'Later.', step: 'denoise' },
  });
  const internal = await said(new Error('/secret/path'));
  expect(internal.code).toBe('internal');
  expect(JSON.stringify(internal)).not.toContain('secret');
});

test('a reader who leaves ends the heartbeat and hurts nobody', async () => {
  let go = (): void => undefined;
  const stream = eventStream(async (emit) => {
    await new Promise<void>((resolve) => {
      go = resolve;
    });
    emit('late', {});
  });
  stream.destroy();
  go();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(stream.destroyed).toBe(true);
});

test.each([
  ['text/event-stream', true],
  ['application/json, text/event-stream', true],
  ['*/*', false],
  [undefined, false],
])('Accept: %s → %s', (accept, wanted) => {
  expect(wantsEvents({ accept })).toBe(wanted);
});
