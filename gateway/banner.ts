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
    ['API', `${url}/docs`],
    ['status', `${url}/ui/ (user ${facts.user})`],
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
