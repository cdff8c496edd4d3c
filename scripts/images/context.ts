import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ImagePlan } from './plan.ts';

/** faas-cli leaves these out of a handler's folder, whatever is in them. */
const NEVER = new Set(['build', 'template']);

/**
 * Lays out the build context of one function in `build/<name>` as `faas-cli build --shrinkwrap` does: the template,
 * the handler over its `function` folder, and every `configuration.copy` under its own path in there.
 * @param root the stack file's folder
 * @returns the context's folder
 */
export async function layOut({ name, template, handler }: ImagePlan, copy: string[], root: string): Promise<string> {
  const context = path.join(root, 'build', name);
  const inside = path.join(context, 'function');
  await rm(context, { recursive: true, force: true });
  await cp(path.join(root, template), context, { recursive: true });
  await mkdir(inside, { recursive: true });
  const entries = (await readdir(path.join(root, handler))).filter((entry) => !NEVER.has(entry));
  for (const entry of entries) {
    await cp(path.join(root, handler, entry), path.join(inside, entry), { recursive: true });
  }
  for (const extra of copy)
    await cp(path.join(root, extra), path.join(inside, extra), { recursive: true, dereference: true });
  return context;
}
