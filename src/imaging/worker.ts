import { serveChild } from '#platform/child';
import type { Job } from './apart.ts';
import { useMatteModels } from './matte/model.ts';
import { transform } from './transform.ts';

/* The process in which pictures are decoded, worked on and encoded. See apart.ts. */

serveChild(async ({ data, parts: [picture, ...others] }) => {
  const { header, steps, output, limits, models } = data as Job;
  useMatteModels(models);
  const input = header ? { ...header, bytes: picture as Buffer } : (picture as Buffer);
  const left = others.values();
  const whole = steps.map(({ hasOther, ...step }) => ({
    ...step,
    ...(hasOther && { other: left.next().value as Buffer }),
  }));
  const { bytes, ...result } = await transform(input, whole, output, limits);
  return { data: result, parts: [bytes] };
});
