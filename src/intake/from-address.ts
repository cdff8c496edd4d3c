import type { Caller } from './body-budget.ts';
import type { UrlRules } from './url-rules.ts';

/**
 * A picture by its address, behind the guard of `url-source.ts`. It is loaded with the first address, so that starts
 * are not slower by Node's `https`.
 * @throws Problem as `fetchPicture` does
 */
export async function fromAddress(address: string, rules: UrlRules, caller?: Caller): Promise<Buffer> {
  const { fetchPicture } = await import('./url-source.ts');
  return fetchPicture(address, rules, caller);
}
