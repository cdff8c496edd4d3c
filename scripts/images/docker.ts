import type { ImagePlan } from './plan.ts';

/** Options for all images. */
export interface BuildOptions {
  /** `linux/amd64,linux/arm64`; empty for the machine's own. */
  platforms: string;
  /** Push to the registry in the image's name, with SBOM and provenance. */
  push: boolean;
  /** Also run the handler's tests. */
  check: boolean;
  /** `NAME=value` for all images; they override the stack file's. */
  buildArgs: string[];
  /** In docker's format: `id=ca,src=/some/ca.pem`. */
  secrets: string[];
  network: string | undefined;
  /** Values of the image's labels. */
  origin: { revision: string; version: string; source: string };
}

/** The arguments of docker to build a function's image from its context. */
export function functionBuild({ name, image, buildArgs }: ImagePlan, context: string, options: BuildOptions): string[] {
  const own = Object.entries(buildArgs).map(([key, value]) => `${key}=${value}`);
  const check = options.check ? ['CHECK=test'] : [];
  return [...commonBuild(options, [...own, `FUNCTION=${name}`, ...check]), '--tag', image, context];
}

/** The arguments of docker to build the image of a program with a Dockerfile of its own. */
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

/** All layers have one timestamp, so that builds are reproducible; with SBOM and provenance. */
const PUBLISHED = ['--sbom=true', '--provenance=mode=max', '--output', 'type=image,push=true,rewrite-timestamp=true'];
