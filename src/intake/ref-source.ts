import { Problem } from '#contract/problems';
import { isPictureRef, openStore } from '#storage/store';
import { tooLarge } from './body.ts';

/**
 * A picture by its `ref` in the object store, such as the result of a job.
 * @param ref as this system gave it to the client; anything else never reaches the store
 * @throws Problem `option-invalid`, `not-found`, `body-too-large` or `store-unavailable`
 */
export async function readRef(ref: string, maxBytes: number): Promise<Buffer> {
  if (!isPictureRef(ref)) {
    const allowed = 'a ref as a job gave it, such as results/…';
    throw new Problem('option-invalid', `"ref" must be ${allowed}.`, { members: { option: 'ref', allowed } });
  }
  const store = openStore();
  const found = await store.head(ref);
  if (found && found.size > maxBytes) throw tooLarge(maxBytes);
  const bytes = found && (await store.get(ref))?.bytes;
  if (bytes) return bytes;
  throw new Problem('not-found', 'Nothing is stored under this ref; results of jobs are deleted after some hours.');
}
