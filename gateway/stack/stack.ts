import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SubstitutionError, substitute } from './envsubst.ts';
import { isFunctionName, NAMESPACE } from './names.ts';
import { StackError, YamlValue } from './yaml.ts';

export { StackError };

/** Quantities in Kubernetes's format (`512Mi`, `250m`); shown to clients, not enforced on processes. */
export interface Resources {
  memory?: string;
  cpu?: string;
}

/** A function in the stack file, with OpenFaaS's names. */
export interface FunctionSpec {
  name: string;
  image: string;
  fprocess: string;
  /** `environment` with every `environment_file` laid over it, in order. */
  environment: Record<string, string>;
  secrets: string[];
  constraints: string[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  limits: Resources;
  requests: Resources;
  readOnlyRootFilesystem: boolean;
}

/** A function of which only the name is known. */
export function emptySpec(name: string): FunctionSpec {
  return {
    name,
    image: '',
    fprocess: '',
    environment: {},
    secrets: [],
    constraints: [],
    labels: {},
    annotations: {},
    limits: {},
    requests: {},
    readOnlyRootFilesystem: false,
  };
}

/** Reads a file that the stack file names, relative to its folder. */
type ReadFile = (name: string) => string;

/**
 * Reads a stack file as faas-cli does: substitution over the whole text, then YAML with anchors and merge keys.
 * @param variables the values of `${…}`
 * @throws StackError with file, function and key
 */
export function readStack(file: string, variables: Record<string, string | undefined>): FunctionSpec[] {
  const folder = path.dirname(file);
  const read = (name: string) => readFileSync(path.resolve(folder, name), 'utf8');
  let text: string;
  try {
    text = read(path.resolve(file));
  } catch {
    throw new StackError(`${file} cannot be read; name another stack file with --stack`);
  }
  return parseStack(text, path.basename(file), variables, read);
}

/** Like `readStack`, for text. */
export function parseStack(
  text: string,
  file: string,
  variables: Record<string, string | undefined>,
  read: ReadFile,
): FunctionSpec[] {
  const root = YamlValue.parse(expand(text, file, variables), file);
  const version = root.get('version');
  if (!['', '1.0'].includes(version.text())) throw version.error(`must be 1.0, not "${version.text()}"`);
  const provider = root.get('provider').get('name');
  if (provider.text() !== 'openfaas') throw provider.error(`must be openfaas, not "${provider.text()}"`);
  const functions = root.get('functions').entries();
  if (functions.length === 0) throw root.get('functions').error('names no function');
  return functions.map(([name, value]) => readFunction(name, value, read));
}

function expand(text: string, file: string, variables: Record<string, string | undefined>): string {
  try {
    return substitute(text, (name) => variables[name] ?? '');
  } catch (error) {
    if (error instanceof SubstitutionError) throw new StackError(`${file} line ${error.line}: ${error.message}`);
    throw error;
  }
}

function readFunction(name: string, value: YamlValue, read: ReadFile): FunctionSpec {
  if (!isFunctionName(name)) {
    throw value.error('is not a function name: use at most 63 of a-z, 0-9 and -, with a letter or digit at both ends');
  }
  const namespace = value.get('namespace');
  if (!['', NAMESPACE].includes(namespace.text()))
    throw namespace.error(`must be ${NAMESPACE}, the only namespace here`);
  return {
    name,
    image: value.get('image').text(),
    fprocess: value.get('fprocess').text(),
    environment: readEnvironment(value, read),
    secrets: value.get('secrets').textList(),
    constraints: value.get('constraints').textList(),
    labels: value.get('labels').textMap(),
    annotations: value.get('annotations').textMap(),
    limits: readResources(value.get('limits')),
    requests: readResources(value.get('requests')),
    readOnlyRootFilesystem: value.get('readonly_root_filesystem').flag(),
  };
}

/** Environment files override the inline environment, and each other in order; they are not substituted. */
function readEnvironment(value: YamlValue, read: ReadFile): Record<string, string> {
  const environment = value.get('environment');
  const merged = environment.textMap();
  for (const file of value.get('environment_file').textList()) {
    let text: string;
    try {
      text = read(file);
    } catch {
      throw value.get('environment_file').error(`names ${file}, which cannot be read`);
    }
    Object.assign(merged, YamlValue.parse(text, file).get('environment').textMap());
  }
  for (const key of Object.keys(merged)) {
    if (!isEnvironmentName(key)) throw environment.error(`has a name that no process can take: "${key}"`);
    if (merged[key]?.includes('\0')) throw environment.error(`has a NUL character in ${key}`);
  }
  return merged;
}

/** Whether it is a valid name for an environment variable. */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name);
}

function readResources(value: YamlValue): Resources {
  const { memory, cpu } = value.textMap();
  return { ...(memory && { memory }), ...(cpu && { cpu }) };
}
