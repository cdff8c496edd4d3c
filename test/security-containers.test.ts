import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

/* What runs as a container has no more rights than it needs. */

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

interface Container {
  name: string;
  securityContext?: {
    readOnlyRootFilesystem?: boolean;
    allowPrivilegeEscalation?: boolean;
    capabilities?: { drop?: string[] };
  };
}
interface PodSpec {
  containers: Container[];
  securityContext?: { runAsNonRoot?: boolean };
}

/** Every pod that our manifests make, by file. */
function pods(): [string, PodSpec][] {
  const files = readdirSync(`${root}deploy/kubernetes`).filter((name) => name.endsWith('.yaml'));
  return files.flatMap((name) =>
    parseAllDocuments(read(`deploy/kubernetes/${name}`)).flatMap((document): [string, PodSpec][] => {
      const { spec } = (document.toJS() ?? {}) as { spec?: { template?: { spec: PodSpec } } };
      return spec?.template ? [[name, spec.template.spec]] : [];
    }),
  );
}

test.each(pods())('the pods of %s are contained', (_, { containers, securityContext }) => {
  expect(securityContext?.runAsNonRoot).toBe(true);
  for (const { securityContext: own } of containers) {
    expect(own).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  }
});

test('there are pods to look at', () => {
  expect(pods().length).toBeGreaterThan(2);
});

test('so are the containers of compose', () => {
  const { services } = parse(read('deploy/compose.yaml'), { merge: true });
  expect(Object.keys(services).length).toBeGreaterThan(8);
  for (const [name, service] of Object.entries<Record<string, unknown>>(services)) {
    expect([name, service.read_only, service.cap_drop, service.security_opt, service.privileged]).toEqual([
      name,
      true,
      ['ALL'],
      ['no-new-privileges:true'],
      undefined,
    ]);
  }
});

test.each(['template/node-ts/Dockerfile', 'deploy/Dockerfile', 'grpc/Dockerfile'])(
  '%s ends as a user without rights',
  (file) => {
    const users = [...read(file).matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
    expect(users.at(-1)).toBe('10001:10001');
  },
);
