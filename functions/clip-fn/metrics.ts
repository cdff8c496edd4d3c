import type { Classifier } from '#clip';

/** What the classifier counts, in Prometheus' text format. */
export function clipMetrics({
  inside,
  waiting,
  refused,
  workers,
  workerDeaths,
  labels,
}: ReturnType<Classifier['stats']>) {
  return [
    family('clip_requests_in_flight', 'gauge', 'Requests being classified or embedded.', inside),
    family('clip_jobs_waiting', 'gauge', 'Jobs in line for an inference worker.', waiting),
    family('clip_requests_refused_total', 'counter', 'Requests refused because there was no room.', refused),
    family('clip_workers', 'gauge', 'Inference workers at most.', workers),
    family('clip_worker_deaths_total', 'counter', 'Inference workers that died and were replaced.', workerDeaths),
    family('clip_label_cache_hits_total', 'counter', 'Labels found in the cache of embeddings.', labels.hits),
    family('clip_label_cache_misses_total', 'counter', 'Labels that had to be embedded.', labels.misses),
    family('clip_label_cache_bytes', 'gauge', 'Memory of cached label embeddings.', labels.bytes),
    family('clip_label_cache_entries', 'gauge', 'Cached label embeddings.', labels.entries),
  ].join('');
}

function family(name: string, type: 'counter' | 'gauge', help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
}
