import { afterEach, expect, test } from 'vitest';
import { readSteps } from './steps.ts';
import { type StandIn, standInGateway } from './testing.ts';
import { wakeTogether } from './wake.ts';

let gateway: StandIn;
afterEach(() => gateway.stop());

test('functions that are needed later are woken together, once, and not the first one', async () => {
  gateway = await standInGateway((_call, response) => void response.end('OK'));
  const steps = readSteps('denoise;cutout;classify');
  const rules = { callId: 'a', signal: new AbortController().signal };
  wakeTogether(steps, rules);
  wakeTogether(steps, rules);
  const woken = ['/function/clip-fn/_/health', '/function/cutout-fn/_/health'];
  await expect.poll(() => gateway.calls.map(({ url }) => url).sort()).toEqual(woken);
});
