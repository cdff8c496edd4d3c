import { randomUUID } from 'node:crypto';
import { DOCS } from '../http/route.ts';
import { NAMESPACE } from './names.ts';
import type { FunctionSpec } from './stack.ts';

/** Variables of the machine that a process needs, and addresses of shared services. */
const PASSED = new Set([
  ...['PATH', 'HOME', 'USER', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CACHE_URL', 'STORE_URL', 'GATEWAY_CALLBACK_NETWORKS'],
]);

/** Settings of our own packages: an upper-case name with the package's prefix. */
const PASSED_PREFIXES = [
  'CLIP',
  'INTAKE',
  'IMAGING',
  'CUTOUT',
  'TRANSFORM',
  'PIPELINE',
  'PAGE',
  'CACHE',
  'STORE',
  'ACCESS',
].map((prefix) => `${prefix}_`);

function isPassed(name: string): boolean {
  return PASSED.has(name) || PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** The id of this gateway process, by which functions detect that the gateway was restarted. */
const RUN = randomUUID();

/** Variables by which the loader, Node, OpenSSL, glibc, libvips and shells load code or files, or use a proxy. */
const DANGEROUS = [
  /^(NODE_(?!ENV$).*|OPENSSL_.*|SSL.*|(HTTP|HTTPS|ALL|NO)_PROXY)$/i,
  /^(LD_.*|DYLD_.*|_?RLD_.*|GLIBC_.*|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|NIS_PATH|MALLOC_TRACE)$/i,
  /^(HOSTALIASES|LOCALDOMAIN|RES.*_(OPTIONS|CONF))$/i,
  /^(VIPS.*|GIO_.*|FONTCONFIG_.*|MAGICK_.*)$/i,
  /^(PATH|PATHEXT|COMSPEC|SHELL|ENV|BASH.*|IFS|HOME|TMPDIR|TEMP|TMP)$/i,
];

/**
 * Whether a variable can make a process run other code or redirect its traffic; deployments may not set it.
 */
export function isDangerous(name: string): boolean {
  return DANGEROUS.some((pattern) => pattern.test(name));
}

/**
 * The environment of a function's process, in order of precedence from low to high: the few variables of the gateway
 * that functions may see, those of stack.yml, those that the gateway sets.
 *
 * So `CLIP_LABELSET=cifar10 npm start` reaches a function unless stack.yml sets that name, and then stack.yml wins,
 * just as it does on a cluster; a value that is to be adjustable is written `${CLIP_LABELSET:-everyday}` there.
 */
export function functionEnvironment(
  spec: FunctionSpec,
  parent: NodeJS.ProcessEnv,
  own: { gatewayUrl: string; secretsFolder: string; memoryLimit?: number | undefined },
): Record<string, string> {
  const passed = Object.entries(parent).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isPassed(entry[0]),
  );
  return {
    // As in the images; otherwise glibc keeps an arena for each thread.
    MALLOC_ARENA_MAX: '1',
    ...Object.fromEntries(passed),
    ...spec.environment,
    gateway_url: own.gatewayUrl,
    gateway_run: RUN,
    docs_url: DOCS,
    secret_mount_path: own.secretsFolder,
    http_port: '0',
    http_host: '127.0.0.1',
    ...(own.memoryLimit !== undefined && { MEMORY_LIMIT_BYTES: String(own.memoryLimit) }),
    OPENFAAS_NAME: spec.name,
    OPENFAAS_NAMESPACE: NAMESPACE,
  };
}

/** Names whose value in the environment stack.yml overrides; reported at start-up. */
export function overruledNames(spec: FunctionSpec, parent: NodeJS.ProcessEnv): string[] {
  return Object.entries(spec.environment).flatMap(([name, value]) =>
    isOurs(name) && parent[name] !== undefined && parent[name] !== value ? [name] : [],
  );
}

/** Only our own settings; PATH and the like differ everywhere. */
function isOurs(name: string): boolean {
  return PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
}
