import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import type * as z from 'zod';
import { allowed, optionSchema } from '#contract/options';
import { OPERATION_NAMES, operations, withOutput } from '#imaging';

/*
 * The registry as data, for packages that must not pull in sharp and zod. After a change of an
 * operation: npm test -- -u
 */
function options(schema: z.ZodObject): Record<string, object> {
  const described = Object.keys(schema.shape).map((name) => {
    const { type, enum: words, default: standard, description, minimum, maximum, unit } = optionSchema(schema, name);
    const bounds = { minimum, maximum, unit };
    return [name, { type, enum: words, default: standard, ...bounds, description, allowed: allowed(schema, name) }];
  });
  return Object.fromEntries(described);
}

const has = (name: string) => existsSync(new URL(`../functions/${name}-fn/handler.ts`, import.meta.url));

test('src/imaging/schema.generated.json is what the registry says', async () => {
  const all = OPERATION_NAMES.map((name) => {
    const { summary, options: schema } = operations[name];
    const described = options(schema as unknown as z.ZodObject);
    // Where an operation has a function of its own, that one is asked; else a chain of one step does the same.
    return [name, { summary, function: has(name) ? `${name}-fn` : 'transform-fn', options: described }];
  });
  const output = options(operations.convert.options as unknown as z.ZodObject);
  const text = `${JSON.stringify({ operations: Object.fromEntries(all), output }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../src/imaging/schema.generated.json');
});

test('every function of an operation also takes the options of the output', () => {
  for (const name of OPERATION_NAMES.filter(has)) {
    const taken = Object.keys(withOutput(operations[name].options as unknown as z.ZodObject).shape);
    expect(taken).toEqual(expect.arrayContaining(Object.keys(operations.convert.options.shape)));
  }
});
