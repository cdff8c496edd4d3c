import type { ImagePlan } from './plan.ts';

/** How images are built, whatever is in them. */
export interface BuildOptions {
  /** `linux/amd64,linux/arm64`; empty is the machine's own. */
  platforms: string;
  /** To the registry that the image's name begins with, with a list of its parts and a record of its making. */
  push: boolean;
  /** Also run the handler's tests. */
  check: boolean;
  /** Of the whole build, `NAME=value`; they win over the stack file's. */
  buildArgs: string[];
  /** As docker takes them: `id=ca,src=/some/ca.pem`. */
  secrets: string[];
  network: string | undefined;
  /** What the labels say of where the image is from. */
  origin: { revision: string; version: string; source: string };
}

/** docker's arguments that build a function's image from its context. */
export function functionBuild({ name, image, buildArgs }: ImagePlan, context: string, options: BuildOptions): string[] {
  const own = Object.entries(buildArgs).map(([key, value]) => `${key}=${value}`);
  const check = options.check ? ['CHECK=test'] : [];
  return [...commonBuild(options, [...own, `FUNCTION=${name}`, ...check]), '--tag', image, context];
}

/** docker's arguments that build an image of the repository itself, with a Dockerfile of its own. */
export function programBuild(dockerfile: string, image: string, args: string[], options: BuildOptions): string[] {
  return [...commonBuild(options, args), '--file', dockerfile, '--tag', image, '.'];
}

function commonBuild(options: BuildOptions, args: string[]): string[] {
  const { revision, version, source } = options.origin;
  const all = [...args, `REVISION=${revision}`, `VERSION=${version}`, `SOURCE=${source}`, ...options.buildArgs];
  return [
    ...(options.push ? ['buildx', 'build', ...PUBLISHED] : ['build']),
    ...(options.platforms === '' ? [] : ['--platform', options.platforms]),
    ...(options.network === undefined ? [] : ['--network', options.network]),
    ...options.secrets.flatMap((secret) => ['--secret', secret]),
    ...all.flatMap((arg) => ['--build-arg', arg]),
  ];
}

/** Layers carry one time, so that what is built twice is the same; an SBOM and the provenance go along. */
const PUBLISHED = ['--sbom=true', '--provenance=mode=max', '--output', 'type=image,push=true,rewrite-timestamp=true'];
