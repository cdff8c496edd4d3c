import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

/* What runs as a container has no more rights than it needs. */

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

const DOCKERFILES = ['template/node-ts/Dockerfile', 'deploy/Dockerfile', 'grpc/Dockerfile'];

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

test.each(DOCKERFILES)('%s ends as a user without rights', (file) => {
  const users = [...read(file).matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
  expect(users.at(-1)).toBe('10001:10001');
});

/** Images that others make, as our files name them. */
function foreignImages(): string[] {
  const manifests = readdirSync(`${root}deploy/kubernetes`).map((name) => `deploy/kubernetes/${name}`);
  const named = [...manifests, 'deploy/compose.yaml', ...DOCKERFILES].flatMap((file) =>
    [...read(file).matchAll(/(?:image: |_IMAGE[=:] ?)(?:&\w+ )?(\S+)$/gm)].map(([, image = '']) => image),
  );
  // `${NAME:-default}` of compose; what only repeats another argument or anchor, and our own, are left out.
  const images = named.map((image) => /^\$\{\w+:-(.*)\}$/.exec(image)?.[1] ?? image);
  return images.filter((image) => !/^[$*]|obscura/.test(image));
}

test('images of others are named by an exact version or a digest', () => {
  const images = foreignImages();
  expect(new Set(images).size).toBeGreaterThanOrEqual(6);
  for (const image of images) expect(image).toMatch(/:v?\d+\.\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$/);
});

test('actions are named by their commit', () => {
  const workflows = readdirSync(`${root}.github/workflows`).map((name) => read(`.github/workflows/${name}`));
  const actions = workflows.flatMap((text) => [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action));
  expect(actions.length).toBeGreaterThan(4);
  for (const action of actions) expect(action).toMatch(/@[0-9a-f]{40}$/);
});

test('compose starts with no password of its own', () => {
  const secrets = [...read('deploy/compose.yaml').matchAll(/\w*(?:PASSWORD|SECRET_KEY): (.*)$/gm)];
  expect(secrets.length).toBeGreaterThan(1);
  for (const [, value] of secrets) expect(value).toMatch(/^\$\{\w+:\?.*\}$/);
});
