import { expect, it } from 'vitest';
import type { FunctionContext, FunctionEvent } from '#handler';
import handler from './handler.ts';

it('says what it was sent', async () => {
  const answers: unknown[] = [];
  const context = { status: () => ({ succeed: (value: unknown) => answers.push(value) }) };
  const event = { body: 'hello', headers: { 'content-type': 'text/plain' } };
  await handler(event as FunctionEvent, context as unknown as FunctionContext);
  expect(answers).toEqual([{ body: 'hello', 'content-type': 'text/plain' }]);
});
