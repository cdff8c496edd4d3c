import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { banner } from './banner.ts';
import { modelTitle } from './model-title.ts';
import type { Deployed } from './pool/registry.ts';

function deployed(name: string, idleAfter: number | undefined): Deployed {
  return { spec: { name }, settings: { idleAfter } } as unknown as Deployed;
}

const facts = {
  version: '1.2.3',
  url: 'http://127.0.0.1:8080',
  metricsUrl: undefined,
  functions: [deployed('frontend-fn', 900_000), deployed('clip-fn', undefined)],
  page: 'frontend-fn',
  model: 'A model',
  passwordFile: 'a folder/password',
  newPassword: undefined,
  user: 'admin',
};

describe('banner', () => {
  it('has the address of the page on a line of its own, and all that one needs next', () => {
    expect(banner(facts)).toBe(`Obscura 1.2.3 is running. Open

http://127.0.0.1:8080/function/frontend-fn

  function      address                 when idle
  frontend-fn   /function/frontend-fn   stops after 15 min
  clip-fn       /function/clip-fn       stays

  API        http://127.0.0.1:8080/docs
  status     http://127.0.0.1:8080/ui/ (user admin)
  model      A model
  faas-cli   faas-cli login -g http://127.0.0.1:8080 -u admin --password-stdin < 'a folder/password'
  stop       Ctrl-C
`);
  });

  it('shows the password when it was made just now', () => {
    expect(banner({ ...facts, newPassword: 'fresh' })).toContain(
      '\n  password   fresh (made now, kept in a folder/password)\n',
    );
  });

  it('has the address of the gateway where there is no page', () => {
    expect(banner({ ...facts, page: 'other-fn' })).toContain('is running at\n\nhttp://127.0.0.1:8080\n');
  });
});

describe('modelTitle', () => {
  const models = mkdtempSync(path.join(tmpdir(), 'models-'));
  const install = (id: string, manifest: unknown) => {
    mkdirSync(path.join(models, id));
    writeFileSync(path.join(models, id, 'manifest.json'), JSON.stringify(manifest));
  };

  it('is the one asked for, else the widest one there is', () => {
    expect(modelTitle(path.join(models, 'none'), undefined)).toBeUndefined();
    install('clip-mini', { kind: 'clip', title: 'Mini', embedding: 128 });
    install('cutout-mini', { kind: 'cutout', title: 'Cutout', embedding: 9999 });
    install('broken', 'not a manifest');
    expect(modelTitle(models, undefined)).toBe('Mini');
    install('clip-large', { kind: 'clip', title: 'Large', embedding: 512 });
    expect(modelTitle(models, undefined)).toBe('Large');
    expect(modelTitle(models, 'clip-mini')).toBe('Mini');
    expect(modelTitle(models, 'clip-huge')).toBe('clip-huge (not installed)');
  });
});
