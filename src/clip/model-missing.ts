import { Problem } from '#platform/problems';

/** A problem with a model: 503, for the process stays up and recovers when the files are mended. */
export function missing(detail: string, cause?: unknown): Problem {
  const headers = { 'retry-after': '10' };
  return new Problem('model-missing', detail, cause === undefined ? { headers } : { headers, cause });
}
