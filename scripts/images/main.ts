import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SubstitutionError } from '../../gateway/stack/envsubst.ts';
import { StackError } from '../../gateway/stack/yaml.ts';
import { UsageError } from '../models/usage-error.ts';
import { writeContext } from './context.ts';
import { type BuildOptions, functionBuild, programBuild } from './docker.ts';
import { type ImagePlan, readPlan } from './plan.ts';
import { type Measured, sizeTable } from './sizes.ts';

const USAGE = `Usage: npm run images -- [name …] [options]

Builds the images of stack.yml's functions as \`faas-cli build\` does, all or those named; gateway, grpc-edge and idler
are names, too. REGISTRY and TAG name the images.

  --shrinkwrap              write the build contexts to build/ and stop
  --programs                also the images of the gateway, the gRPC edge and the idler
  --check                   run each handler's tests in its build
  --push                    build with buildx, with SBOM and provenance, and push
  --platforms LIST          such as linux/amd64,linux/arm64
  --build-arg NAME=VALUE    for every image, such as NODE_IMAGE=… (repeatable)
  --secret id=ca,src=FILE   a build secret; ca is a certificate that npm is to trust (repeatable)
  --network NAME            for the build's commands
  --sizes                   build nothing; print the size of the images, in all and on top of the base
  --dry-run                 print the commands
Exit status: 0 done, 1 failed, 2 wrong usage.`;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Images that are not functions: name, Dockerfile, build arguments. */
const PROGRAMS = [
  ['gateway', 'deploy/Dockerfile', ['PROGRAM=gateway']],
  ['idler', 'deploy/Dockerfile', ['PROGRAM=idler']],
  ['grpc-edge', 'grpc/Dockerfile', []],
] as const;

type Flags = ReturnType<typeof readFlags>['values'];

function readFlags() {
  const text = { type: 'string' } as const;
  const many = { type: 'string', multiple: true } as const;
  const flag = { type: 'boolean' } as const;
  return parseArgs({
    allowPositionals: true,
    options: {
      shrinkwrap: flag,
      programs: flag,
      check: flag,
      push: flag,
      platforms: text,
      'build-arg': many,
      secret: many,
      network: text,
      sizes: flag,
      'dry-run': flag,
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function buildOptions(flags: Flags): BuildOptions {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
  return {
    platforms: flags.platforms ?? '',
    push: flags.push ?? false,
    check: flags.check ?? false,
    buildArgs: flags['build-arg'] ?? [],
    secrets: flags.secret ?? [],
    network: flags.network,
    origin: {
      revision: git('rev-parse', 'HEAD'),
      version,
      // Without a user and password in the URL.
      source: git('remote', 'get-url', 'origin').replace(/^(https?:\/\/)[^/]*@/, '$1'),
    },
  };
}

/** Runs docker, or prints the command. @throws UsageError if it fails */
function docker(args: string[], dry: boolean): void {
  console.log(`+ docker ${args.join(' ')}`);
  if (dry) return;
  const env = { ...process.env, DOCKER_BUILDKIT: '1' };
  const { error, status } = spawnSync('docker', args, { cwd: root, env, stdio: 'inherit' });
  if (error) throw new UsageError('docker is needed and cannot be run. Install Docker 20.10 or later.');
  if (status !== 0) throw new UsageError(`docker ended with ${status}.`);
}

/** The sizes of built images. @throws UsageError if one has not been built */
function measure(plans: ImagePlan[], { buildArgs }: BuildOptions): string {
  const dockerfile = readFileSync(path.join(root, 'template/node-ts/Dockerfile'), 'utf8');
  const named = buildArgs.find((arg) => arg.startsWith('NODE_IMAGE='))?.slice('NODE_IMAGE='.length);
  const base = named ?? /^ARG NODE_IMAGE=(.+)$/m.exec(dockerfile)?.[1] ?? '';
  const images = Object.fromEntries(plans.map(({ name, image }) => [name, inspect(image)]));
  try {
    return sizeTable(inspect(base), images);
  } catch (error) {
    throw error instanceof RangeError
      ? new UsageError(`${error.message} --build-arg NODE_IMAGE=… names another.`)
      : error;
  }
}

function inspect(image: string): Measured {
  const { status, stdout, stderr } = spawnSync('docker', ['image', 'inspect', image], { encoding: 'utf8' });
  if (status !== 0) throw new UsageError(`${image} cannot be measured: ${(stderr ?? 'docker cannot be run').trim()}`);
  return JSON.parse(stdout)[0];
}

async function main(): Promise<void> {
  const { values: flags, positionals } = readFlags();
  if (flags.help) return console.log(USAGE);
  const programs = PROGRAMS.filter(([name]) => flags.programs || positionals.includes(name));
  const names = positionals.filter((name) => !PROGRAMS.some(([program]) => program === name));
  const { functions, copy } = readPlan(path.join(root, 'stack.yml'), names, process.env);
  const selected = positionals.length > 0 && names.length === 0 ? [] : functions;
  const options = buildOptions(flags);
  if (flags.sizes) return console.log(measure(selected, options));
  const dry = flags['dry-run'] ?? false;
  for (const plan of selected) {
    const context = await writeContext(plan, copy, root);
    if (flags.shrinkwrap) console.log(path.relative(root, context));
    else docker(functionBuild(plan, path.relative(root, context), options), dry);
  }
  if (flags.shrinkwrap) return;
  const { REGISTRY = 'ghcr.io/obscura', TAG = 'latest' } = process.env;
  for (const [name, dockerfile, args] of programs) {
    docker(programBuild(dockerfile, `${REGISTRY}/${name}:${TAG}`, [...args], options), dry);
  }
}

/** An expected error as a UsageError: a wrong flag, a wrong file, docker's failure. */
function usageErrorOf(error: unknown): UsageError | undefined {
  if (error instanceof UsageError) return error;
  if (error instanceof StackError || error instanceof SubstitutionError) return new UsageError(error.message);
  const { code = '', message } = error as NodeJS.ErrnoException;
  return code.startsWith('ERR_PARSE_ARGS') ? new UsageError(`${message.split('. ')[0]}. See --help.`, 2) : undefined;
}

try {
  await main();
} catch (error) {
  const expected = usageErrorOf(error);
  if (!expected) throw error;
  console.error(expected.message);
  process.exitCode = expected.exitCode;
}
