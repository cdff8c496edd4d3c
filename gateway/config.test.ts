import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, UsageError } from './config.ts';

describe('readConfig', () => {
  it('serves stack.yml on this machine alone, on the port that everyone expects', () => {
    expect(readConfig([], {})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      metricsPort: 8082,
      stackFile: path.resolve('stack.yml'),
      passwordFile: path.resolve('.obscura/basic-auth-password'),
      passwordFileGiven: false,
      idle: undefined,
      upstreamTimeout: 60_000,
      stateFolder: path.resolve('.obscura'),
      log: 'pretty',
      scaleInAfter: 30_000,
      remote: new Map(),
      queue: { limits: { jobs: 10_000, bytes: 2 * 1024 ** 3, body: 64 * 1024 ** 2 } },
    });
  });

  it('takes flags before variables', () => {
    const env = {
      GATEWAY_PORT: '1',
      GATEWAY_HOST: '::',
      GATEWAY_IDLE: '90s',
      GATEWAY_METRICS_PORT: '2',
      GATEWAY_STACK: '/a/stack.yml',
      GATEWAY_PASSWORD_FILE: '/secret',
      GATEWAY_UPSTREAM_TIMEOUT: '2m',
    };
    expect(readConfig(['--port', '0', '--idle=0'], env)).toMatchObject({
      port: 0,
      host: '::',
      idle: 0,
      metricsPort: 2,
      stackFile: '/a/stack.yml',
      passwordFile: '/secret',
      passwordFileGiven: true,
      upstreamTimeout: 120_000,
    });
  });

  it('keeps password, secrets and queue where GATEWAY_STATE says', () => {
    expect(readConfig([], { GATEWAY_STATE: '/state' })).toMatchObject({
      stateFolder: '/state',
      passwordFile: '/state/basic-auth-password',
    });
  });

  it('keeps the password beside the stack file', () => {
    expect(readConfig(['--stack', '/a/b.yml'], {})?.passwordFile).toBe('/a/.obscura/basic-auth-password');
  });

  it.each([
    ['--port=70000'],
    ['--port=-1'],
    ['--port='],
    ['--idle=9999h'],
    ['--metrics-port=x'],
    ['--max-replicas=0'],
    ['--log=xml'],
  ])('refuses %s', (flag) => {
    expect(() => readConfig([flag], {})).toThrow(UsageError);
  });

  it('reads more variables from a file; those that are set win', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'config-'));
    const file = path.join(folder, 'some.env');
    writeFileSync(file, '# a comment\nGATEWAY_PORT=1\nCLIP_LABELSET="cifar10"\nGATEWAY_HOST=::\n');
    const read = readConfig(['--env-file', file], { GATEWAY_HOST: '127.0.0.2' });
    expect(read).toMatchObject({ port: 1, host: '127.0.0.2', env: { CLIP_LABELSET: 'cifar10' } });
    expect(() => readConfig(['--env-file', path.join(folder, 'none')], {})).toThrow('which cannot be read');
    rmSync(folder, { recursive: true });
  });

  it('has nothing to say when help is asked for', () => {
    expect(readConfig(['-h', '--port', '1'], {})).toBeUndefined();
  });
});
