import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { BadBody } from '../http/json-body.ts';
import type { Log } from '../log.ts';
import { ReplicaPool } from '../pool/pool.ts';
import { Processes } from '../pool/processes.ts';
import type { Deployed } from '../pool/registry.ts';
import { RemoteUpstream } from '../pool/remote.ts';
import { Replica, StartFailure } from '../pool/replica.ts';
import { readSettings } from '../pool/settings.ts';
import { functionEnvironment, isDangerous, overruledNames } from '../stack/environment.ts';
import { isFunctionName, NAMESPACE } from '../stack/names.ts';
import { type FunctionSpec, isEnvironmentName } from '../stack/stack.ts';
import type { LogBook } from './log-book.ts';

/** How long an idle process may take to exit. */
const STOP_GRACE_MS = 5000;

export interface DeployerOptions {
  config: Config;
  env: NodeJS.ProcessEnv;
  log: Log;
  logBook: LogBook;
  /** The gateway's own address, once it listens. */
  url: () => string;
  secretsFolder: string;
  /** The functions of the stack file, which are those this machine can run. */
  specs: FunctionSpec[];
}

/** Creates functions from their specifications: as processes of this machine, or at addresses elsewhere. */
export class Deployer {
  private readonly options: DeployerOptions;

  constructor(options: DeployerOptions) {
    this.options = options;
  }

  /** A function of the stack file, or one of GATEWAY_REMOTE. @throws StackError */
  fromStack(spec: FunctionSpec): Deployed {
    const { env, log } = this.options;
    for (const variable of overruledNames(spec, env)) {
      log.warn(
        `${variable} is set in stack.yml for ${spec.name}, which wins; ` +
          `write \${${variable}:-…} there to change it from outside`,
      );
    }
    return this.make(spec, spec.name);
  }

  /** The bundle to run for an image; undefined if this machine has none. */
  bundleOf(image: string): string | undefined {
    const { specs } = this.options;
    const repository = repositoryOf(image);
    const exact = specs.find((spec) => spec.image !== '' && repositoryOf(spec.image) === repository);
    const last = repository.slice(repository.lastIndexOf('/') + 1);
    return (exact ?? specs.find((spec) => spec.name === last))?.name;
  }

  /** The names of all bundles, for messages. */
  get bundles(): string {
    return this.options.specs.map(({ name }) => name).join(', ');
  }

  /** @throws StackError for settings that cannot be read */
  make(spec: FunctionSpec, bundle: string): Deployed {
    const { config, log } = this.options;
    const { name } = spec;
    const settings = readSettings(spec, config.idle);
    const places = config.remote.get(name);
    const processes = new Processes();
    const upstream = places
      ? new RemoteUpstream({ name, places, log })
      : new ReplicaPool({
          name,
          settings,
          launch: () => processes.launch(() => this.launch(spec, bundle, settings.memoryLimit)),
          ceiling: config.maxReplicas,
          scaleInAfter: config.scaleInAfter,
          log,
        });
    return { spec, settings, upstream, processes: places ? undefined : processes, createdAt: new Date() };
  }

  private launch(spec: FunctionSpec, bundle: string, memoryLimit: number | undefined): Replica {
    const { config, env, log, logBook, url, secretsFolder } = this.options;
    const { name } = spec;
    const entry = path.join(config.bundles, bundle, 'index.js');
    if (!existsSync(entry)) throw new StartFailure('is not built: run npm run build');
    return new Replica({
      name,
      entry,
      folder: path.dirname(config.stackFile),
      env: functionEnvironment(spec, env, {
        gatewayUrl: url(),
        secretsFolder,
        memoryLimit,
      }),
      startTimeout: config.startTimeout,
      stopGrace: STOP_GRACE_MS,
      onLine: (instance, line) => {
        logBook.append(name, instance, line);
        log.output(name, line);
      },
    });
  }
}

/** An image without its tag and digest. */
function repositoryOf(image: string): string {
  const [named = ''] = image.split('@');
  const colon = named.lastIndexOf(':');
  // A colon before the last slash belongs to the registry's port.
  return colon > named.lastIndexOf('/') ? named.slice(0, colon) : named;
}

/** Reads what `faas-cli deploy` sends. @throws BadBody naming the field */
export function readDeployment(body: Record<string, unknown>): FunctionSpec {
  const { service, image, namespace, envProcess = '', readOnlyRootFilesystem = false } = body;
  if (typeof service !== 'string' || !isFunctionName(service)) {
    throw new BadBody(
      'service must be a function name: at most 63 of a-z, 0-9 and -, with a letter or digit at both ends.',
    );
  }
  if (typeof image !== 'string' || image === '' || image.length > 1024) throw new BadBody('image must name an image.');
  if (![undefined, null, '', NAMESPACE].includes(namespace as string)) {
    throw new BadBody(`namespace must be: ${NAMESPACE}`);
  }
  if (typeof envProcess !== 'string') throw new BadBody('envProcess must be text.');
  const environment = textMap(body, 'envVars');
  const wrong = Object.entries(environment).find(([name, value]) => !isEnvironmentName(name) || value.includes('\0'));
  if (wrong) throw new BadBody(`envVars has a name or a value that no process can take: "${wrong[0]}".`);
  const dangerous = Object.keys(environment).find(isDangerous);
  if (dangerous !== undefined) {
    throw new BadBody(`envVars may not set ${dangerous}: it can make the process run other code.`);
  }
  return {
    name: service,
    image,
    fprocess: envProcess,
    environment,
    secrets: textList(body, 'secrets'),
    constraints: textList(body, 'constraints'),
    labels: textMap(body, 'labels'),
    annotations: textMap(body, 'annotations'),
    limits: textMap(body, 'limits'),
    requests: textMap(body, 'requests'),
    readOnlyRootFilesystem: readOnlyRootFilesystem === true,
  };
}

function textMap(body: Record<string, unknown>, field: string): Record<string, string> {
  const value = body[field] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.every(([, text]) => typeof text === 'string')) return Object.fromEntries(entries);
  }
  throw new BadBody(`${field} must be an object of texts.`);
}

function textList(body: Record<string, unknown>, field: string): string[] {
  const value = body[field] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new BadBody(`${field} must be a list of texts.`);
}
