import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ImagePlan } from './plan.ts';

/** faas-cli never copies these folders of a handler. */
const EXCLUDED = new Set(['build', 'template']);

/**
 * Writes the build context of a function to `build/<name>`, like `faas-cli build --shrinkwrap`: the template, the
 * handler in its `function` folder, and every path of `configuration.copy` below that.
 * @param root the folder of the stack file
 * @returns the folder of the context
 */
export async function writeContext(plan: ImagePlan, copy: string[], root: string): Promise<string> {
  const { name, template, handler } = plan;
  const context = path.join(root, 'build', name);
  const inside = path.join(context, 'function');
  await rm(context, { recursive: true, force: true });
  await cp(path.join(root, template), context, { recursive: true });
  await mkdir(inside, { recursive: true });
  const entries = (await readdir(path.join(root, handler))).filter((entry) => !EXCLUDED.has(entry));
  for (const entry of entries) {
    await cp(path.join(root, handler, entry), path.join(inside, entry), { recursive: true });
  }
  for (const extra of copy)
    await cp(path.join(root, extra), path.join(inside, extra), { recursive: true, dereference: true });
  return context;
}
