import { randomUUID } from 'node:crypto';
import { DOCS } from '../http/route.ts';
import { NAMESPACE } from './names.ts';
import type { FunctionSpec } from './stack.ts';

/** What a process needs of the machine, and where the operator's shared services are. */
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

/** Of this gateway's life: functions that find another one in what they kept know that the gateway was started anew. */
const RUN = randomUUID();

/** What the loader, Node, OpenSSL, glibc, libvips and shells take code, files or another way out of. */
const DANGEROUS = [
  /^(NODE_(?!ENV$).*|OPENSSL_.*|SSL.*|(HTTP|HTTPS|ALL|NO)_PROXY)$/i,
  /^(LD_.*|DYLD_.*|_?RLD_.*|GLIBC_.*|GCONV_PATH|GETCONF_DIR|LOCPATH|NLSPATH|NIS_PATH|MALLOC_TRACE)$/i,
  /^(HOSTALIASES|LOCALDOMAIN|RES.*_(OPTIONS|CONF))$/i,
  /^(VIPS.*|GIO_.*|FONTCONFIG_.*|MAGICK_.*)$/i,
  /^(PATH|PATHEXT|COMSPEC|SHELL|ENV|BASH.*|IFS|HOME|TMPDIR|TEMP|TMP)$/i,
];

/**
 * Whether a variable can make a process run other code or send its traffic elsewhere; nobody who deploys may set it.
 */
export function isDangerous(name: string): boolean {
  return DANGEROUS.some((pattern) => pattern.test(name));
}

/**
 * The environment of a function's process, later ones winning: the few variables of the gateway's own environment
 * that functions may see, what stack.yml says, what the gateway must decide.
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
    // As in the images: glibc would keep an arena for each thread.
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

/** Names that the operator set otherwise than stack.yml does, which wins: worth a word at start-up. */
export function overruledNames(spec: FunctionSpec, parent: NodeJS.ProcessEnv): string[] {
  return Object.entries(spec.environment).flatMap(([name, value]) =>
    isOurs(name) && parent[name] !== undefined && parent[name] !== value ? [name] : [],
  );
}

/** PATH and its like differ everywhere; only settings of ours are meant to be set by hand. */
function isOurs(name: string): boolean {
  return PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
}
