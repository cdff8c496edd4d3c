// biome-ignore-all lint/suspicious/noTemplateCurlyInString: substitutions are what is tested
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../pool/settings.ts';
import { DEFAULT_RETRY } from '../queue/retry.ts';
import { parseStack, readStack, StackError } from './stack.ts';

const HEAD = 'version: 1.0\nprovider: {name: openfaas}\n';

function parse(text: string, variables: Record<string, string> = {}, files: Record<string, string> = {}) {
  return parseStack(text, 'stack.yml', variables, (name) => {
    if (files[name] === undefined) throw new Error('ENOENT');
    return files[name];
  });
}

function complaint(text: string, files: Record<string, string> = {}): string {
  try {
    parse(text, {}, files);
  } catch (error) {
    expect(error).toBeInstanceOf(StackError);
    return (error as StackError).message;
  }
  return expect.unreachable();
}

describe('parseStack', () => {
  it('reads everything that the system API shows', () => {
    const [spec] = parse(
      `${HEAD}functions:
  a-fn:
    image: \${REGISTRY:-ghcr.io/x}/a-fn:\${TAG:-latest}
    fprocess: node index.js
    environment: {A: "1"}
    secrets: [key]
    constraints: ["node.role == x"]
    labels: {com.openfaas.scale.zero: "\${SCALE_TO_ZERO:-false}"}
    annotations: {topic: cats}
    limits: {memory: 1Gi}
    requests: {memory: 64Mi, cpu: 50m}
    readonly_root_filesystem: yes
`,
      { SCALE_TO_ZERO: 'true' },
    );
    expect(spec).toEqual({
      name: 'a-fn',
      image: 'ghcr.io/x/a-fn:latest',
      fprocess: 'node index.js',
      environment: { A: '1' },
      secrets: ['key'],
      constraints: ['node.role == x'],
      labels: { 'com.openfaas.scale.zero': 'true' },
      annotations: { topic: 'cats' },
      limits: { memory: '1Gi' },
      requests: { memory: '64Mi', cpu: '50m' },
      readOnlyRootFilesystem: true,
    });
  });

  it('keeps scalars as they are written, as faas-cli does', () => {
    const [spec] = parse(
      `${HEAD}functions: {a: {environment:
        {I: 010, F: 1.0, B: yes, N: ~, E: , H: 0x1F, T: 12:30, U: 1_000, S: " x "}}}`,
    );
    expect(spec?.environment).toEqual({
      I: '010',
      F: '1.0',
      B: 'yes',
      N: '',
      E: '',
      H: '0x1F',
      T: '12:30',
      U: '1_000',
      S: ' x ',
    });
  });

  it('follows anchors and merge keys', () => {
    const specs = parse(`${HEAD}functions:
  a: {environment: &work {exec_timeout: 30s, A: a}, labels: &l {x: "1"}}
  b: {environment: {<<: *work, A: b, C: c}, labels: *l}
`);
    expect(specs[1]).toMatchObject({ environment: { exec_timeout: '30s', A: 'b', C: 'c' }, labels: { x: '1' } });
  });

  it('lays environment files over the environment, in order, without substituting them', () => {
    const [spec] = parse(
      `${HEAD}functions: {a: {environment: {A: inline, B: inline}, environment_file: [one.yml, two.yml]}}`,
      { X: 'x' },
      { 'one.yml': 'environment: {B: one, C: "${X}"}', 'two.yml': 'environment: {C2: two, D: 4}' },
    );
    expect(spec?.environment).toEqual({ A: 'inline', B: 'one', C: '${X}', C2: 'two', D: '4' });
  });

  it.each([
    ['version: 2.0\nprovider: {name: openfaas}\nfunctions: {a: {}}', 'stack.yml: version must be 1.0, not "2.0"'],
    ['provider: {name: faas}\nfunctions: {a: {}}', 'stack.yml: provider: name must be openfaas, not "faas"'],
    [`${HEAD}`, 'stack.yml: functions names no function'],
    [`${HEAD}functions: [a]`, 'stack.yml: functions must be a map of keys and values'],
    [`${HEAD}functions: {Clip_fn: {}}`, 'stack.yml: functions: Clip_fn is not a function name'],
    [`${HEAD}functions: {a: {namespace: staging}}`, 'stack.yml: functions: a: namespace must be openfaas-fn'],
    [`${HEAD}functions: {a: {environment: {K: [1]}}}`, 'stack.yml: functions: a: environment: K must be text'],
    [`${HEAD}functions: {a: {environment: text}}`, 'stack.yml: functions: a: environment must be a map'],
    [
      `${HEAD}functions: {a: {environment: {"B=C": x}}}`,
      'functions: a: environment has a name that no process can take: "B=C"',
    ],
    [`${HEAD}functions: {a: {secrets: key}}`, 'stack.yml: functions: a: secrets must be a list'],
    [`${HEAD}functions: {a: {secrets: [{}]}}`, 'stack.yml: functions: a: secrets: item 1 must be text'],
    [
      `${HEAD}functions: {a: {readonly_root_filesystem: maybe}}`,
      'a: readonly_root_filesystem must be true or false, not "maybe"',
    ],
    [
      `${HEAD}functions: {a: {environment_file: [gone.yml]}}`,
      'a: environment_file names gone.yml, which cannot be read',
    ],
    [`${HEAD}functions: {a: {}, a: {}}`, 'Map keys must be unique at line 3'],
    [`${HEAD}functions: {a: {image: "\${TAG-x}"}}`, 'stack.yml line 3: ${TAG-x} is no substitution'],
  ])('%s', (text, expected) => {
    expect(complaint(text)).toContain(expected);
  });

  it('does not expand a bomb of aliases', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) =>
        `x${i}: &x${i} [${Array(9)
          .fill(i ? `*x${i - 1}` : 'a')
          .join(', ')}]`,
    );
    expect(complaint(`${HEAD}${bomb.join('\n')}\nfunctions: {a: {secrets: *x11}}`)).toContain('stack.yml');
  });

  it('says so when there is no stack file', () => {
    expect(() => readStack('/nowhere/stack.yml', {})).toThrow(/cannot be read; name another stack file with --stack/);
  });

  it('reads environment files beside the stack file', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stack-'));
    writeFileSync(path.join(folder, 'env.yml'), 'environment: {A: from-file}');
    writeFileSync(path.join(folder, 'stack.yml'), `${HEAD}functions: {a: {environment_file: [env.yml]}}`);
    expect(readStack(path.join(folder, 'stack.yml'), {})[0]?.environment).toEqual({ A: 'from-file' });
  });

  it('reads the stack file of this repository, with settings that fit', () => {
    const file = fileURLToPath(new URL('../../stack.yml', import.meta.url));
    const specs = readStack(file, { SCALE_TO_ZERO: 'true' });
    expect(specs.map(({ name }) => name)).toContain('frontend-fn');
    for (const spec of specs) {
      expect(spec.image).toMatch(/^ghcr\.io\/.+:latest$/);
      const settings = readSettings(spec);
      expect(settings.execTimeout).toBeLessThanOrEqual(60_000);
      expect(settings.idleAfter).toBe(900_000);
    }
    expect(readStack(file, {}).every((spec) => readSettings(spec).idleAfter === undefined)).toBe(true);
  });
});

describe('readSettings', () => {
  const settings = (environment: object, labels: object, idle?: number, annotations = {}) => {
    const [spec] = parse(`${HEAD}functions: {a: ${JSON.stringify({ environment, labels, annotations })}}`);
    if (!spec) throw new Error('no function');
    return readSettings(spec, idle);
  };
  const zero = { 'com.openfaas.scale.zero': 'true' };

  it("uses the platform's own defaults", () => {
    expect(settings({}, {})).toEqual({
      execTimeout: 30_000,
      readTimeout: 30_000,
      writeTimeout: 30_000,
      memoryLimit: undefined,
      maxInflight: 0,
      minReplicas: 1,
      maxReplicas: 5,
      targetInflight: 10,
      scaleFactor: 10,
      idleAfter: undefined,
      retry: DEFAULT_RETRY,
    });
  });

  it('reads labels and environment', () => {
    const labels = {
      ...zero,
      'com.openfaas.scale.min': '2',
      'com.openfaas.scale.max': '3',
      'com.openfaas.scale.zero-duration': '1m30s',
    };
    const environment = { exec_timeout: '45', read_timeout: '0', write_timeout: '1m', max_inflight: 4 };
    expect(settings(environment, labels)).toMatchObject({
      execTimeout: 45_000,
      readTimeout: Number.POSITIVE_INFINITY,
      writeTimeout: 60_000,
      maxInflight: 4,
      targetInflight: 4,
      minReplicas: 2,
      maxReplicas: 3,
      idleAfter: 90_000,
    });
  });

  it('reads how queued calls are tried again', () => {
    const prefix = 'com.openfaas.retry';
    const annotations = {
      [`${prefix}.attempts`]: '3',
      [`${prefix}.codes`]: '429, 503',
      [`${prefix}.min_wait`]: '5s',
      [`${prefix}.max_wait`]: '1m',
    };
    expect(settings({}, {}, undefined, annotations).retry).toEqual({
      attempts: 3,
      codes: new Set([429, 503]),
      minWait: 5000,
      maxWait: 60_000,
    });
    expect(() => settings({}, {}, undefined, { [`${prefix}.codes`]: '5xx' })).toThrow('not statuses such as 429,503');
  });

  it("lets the operator's idle time win, and only where scaling to zero is on", () => {
    expect(settings({}, { ...zero, 'com.openfaas.scale.zero-duration': '5m' }, 1000).idleAfter).toBe(1000);
    expect(settings({}, zero, 0).idleAfter).toBeUndefined();
    expect(settings({}, {}, 1000).idleAfter).toBeUndefined();
  });

  it('names function and key of what it cannot read', () => {
    expect(() => settings({ exec_timeout: 'soon' }, {})).toThrow(
      'functions: a: environment: exec_timeout is "soon", not a duration',
    );
    expect(() => settings({ write_timeout: '0' }, {})).toThrow('write_timeout is "0", not a duration above 0');
    expect(() => settings({}, { 'com.openfaas.scale.max': '-1' })).toThrow(
      'labels: com.openfaas.scale.max is "-1", not a whole number',
    );
    const [spec] = parse(`${HEAD}functions: {a: {limits: {memory: lots}}}`);
    expect(() => readSettings(spec!)).toThrow('a: limits: memory is "lots", not an amount of memory such as 512Mi');
  });
});
