import { createReadStream } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { post } from './send.ts';

const NOWHERE = 'http://127.0.0.1:9';

describe('a request that is destroyed before its body is read', () => {
  // An `error` event that nobody listens to would end the gateway; here, vitest fails on it.
  const cases: [string, AbortSignal, ((address: string) => boolean)?][] = [
    ['by its signal', AbortSignal.abort()],
    ['because its address is refused', new AbortController().signal, () => false],
  ];
  it.each(cases)('%s closes the body, even a file that has been moved', async (_how, signal, allowAddress) => {
    const body = createReadStream('/nowhere/moved');
    const closed = new Promise<void>((resolve) => body.once('close', resolve));
    await expect(post(NOWHERE, { headers: {}, size: 5, body }, signal, allowAddress)).rejects.toThrow();
    await closed;
    await setImmediate();
    expect(body.destroyed).toBe(true);
  });
});
