import type { Classifier } from '#clip';
import { counter, gauge } from '#kit/metrics';

/** The classifier's metrics in Prometheus's text format. */
export function clipMetrics({
  inside,
  waiting,
  refused,
  workers,
  workerDeaths,
  labels,
}: ReturnType<Classifier['stats']>): string {
  return [
    gauge('clip_requests_in_flight', 'Requests being classified or embedded.', inside),
    gauge('clip_jobs_waiting', 'Jobs waiting for an inference worker.', waiting),
    counter('clip_requests_refused_total', 'Requests refused because the queue was full.', refused),
    gauge('clip_workers', 'Maximum number of inference workers.', workers),
    counter('clip_worker_deaths_total', 'Inference workers that died and were replaced.', workerDeaths),
    counter('clip_label_cache_hits_total', 'Labels found in the cache of embeddings.', labels.hits),
    counter('clip_label_cache_misses_total', 'Labels that had to be embedded.', labels.misses),
    gauge('clip_label_cache_bytes', 'Memory of cached label embeddings.', labels.bytes),
    gauge('clip_label_cache_entries', 'Cached label embeddings.', labels.entries),
  ].join('');
}
