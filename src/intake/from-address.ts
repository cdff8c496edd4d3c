import type { Caller } from './body-budget.ts';
import type { UrlRules } from './url-rules.ts';

/**
 * A picture by its address, behind the guard of `url-source.ts`. That is loaded with the first address: with axios, and
 * Node's `fetch` that axios looks at, every start would take a quarter longer.
 * @throws Problem as `fetchPicture` does
 */
export async function fromAddress(address: string, rules: UrlRules, caller?: Caller): Promise<Buffer> {
  const { fetchPicture } = await import('./url-source.ts');
  return fetchPicture(address, rules, caller);
}
