import { envText } from '#config/env';

/** `PAGE_BASE`: where the gateway serves this function, with a trailing slash. The function cannot see it. */
export function pageBase(): string {
  return envText('PAGE_BASE', '/function/frontend-fn/').replace(/\/*$/, '/');
}
