import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { formatDuration } from '#kit/duration';
import type { Deployed } from './pool/registry.ts';

export interface BannerFacts {
  version: string;
  url: string;
  metricsUrl: string | undefined;
  /** The edge's address, when there is one. */
  grpc?: string | undefined;
  functions: Deployed[];
  page: string;
  /** What clip-fn answers with, when it is known. */
  model: string | undefined;
  /** As the operator would type it. */
  passwordFile: string;
  /** The password, when it was made at this start; it is shown this once. */
  newPassword: string | undefined;
  user: string;
}

/** What an operator reads when the gateway serves: where the page is, what runs, how to stop. */
export function banner(facts: BannerFacts): string {
  const { url, functions, page } = facts;
  const paged = functions.some(({ spec }) => spec.name === page);
  const table = functions.map(({ spec, settings }) => [
    spec.name,
    `/function/${spec.name}`,
    ending(settings.idleAfter),
  ]);
  const facets = [
    ...(facts.model ? [['model', facts.model]] : []),
    ...(facts.metricsUrl ? [['metrics', facts.metricsUrl]] : []),
    ...(facts.grpc ? [['gRPC', facts.grpc]] : []),
    ...(facts.newPassword ? [['password', `${facts.newPassword} (made now, kept in ${facts.passwordFile})`]] : []),
    ['faas-cli', `faas-cli login -g ${url} -u ${facts.user} --password-stdin < ${shellWord(facts.passwordFile)}`],
    ['stop', 'Ctrl-C'],
  ];
  return [
    `Obscura ${facts.version} is running${paged ? '. Open' : ' at'}`,
    '',
    paged ? `${url}/function/${page}` : url,
    '',
    ...columns([['function', 'address', 'when idle'], ...table]),
    '',
    ...columns(facets),
    '',
  ].join('\n');
}

function ending(idleAfter: number | undefined): string {
  return idleAfter === undefined ? 'stays' : `stops after ${formatDuration(idleAfter)}`;
}

function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd());
}

function shellWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

interface Manifest {
  id: string;
  title: string;
  embedding: number;
}

/**
 * The title of the model that clip-fn takes: the one that is asked for, else the widest one installed.
 * Display only: clip-fn itself decides, by its manifests.
 */
export function modelTitle(folder: string, wanted: string | undefined): string | undefined {
  const manifests = readManifests(folder);
  if (wanted) return manifests.find(({ id }) => id === wanted)?.title ?? `${wanted} (not installed)`;
  return manifests.sort((a, b) => b.embedding - a.embedding)[0]?.title;
}

function readManifests(folder: string): Manifest[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const text = readFileSync(path.join(folder, name, 'manifest.json'), 'utf8');
      const { kind, title, embedding, files = {} } = JSON.parse(text);
      // Of models that are fetched the manifest is there before they are.
      const installed = Object.keys(files).every((file) => existsSync(path.join(folder, name, file)));
      return kind === 'clip' && installed
        ? [{ id: name, title: String(title), embedding: Number(embedding) || 0 }]
        : [];
    } catch {
      return [];
    }
  });
}
