import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { operations } from '#imaging';
import { Direction } from './generated/obscura/v1/Direction.ts';
import { Format } from './generated/obscura/v1/Format.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file), readFileSync(file, 'utf8')];
    }),
  );
}

test('grpc/generated is what npm run grpc:types makes of the contracts', () => {
  const fresh = mkdtempSync(path.join(tmpdir(), 'obscura-grpc-'));
  execFileSync(process.execPath, [path.join(root, 'scripts/grpc-types.mjs'), '--out', fresh]);
  const made = contents(fresh);
  rmSync(fresh, { recursive: true });
  expect(contents(path.join(root, 'grpc/generated'))).toEqual(made);
});

const words = (values: Record<string, string>, prefix: string) =>
  Object.keys(values).map((name) => name.replace(prefix, '').toLowerCase());

test('the words of the contract are the registry’s', () => {
  const formats = operations.convert.options.shape.format.unwrap().options;
  expect(words(Format, 'FORMAT_').slice(1)).toEqual(formats.filter((format) => format !== 'auto'));
  expect(words(Direction, 'DIRECTION_').slice(1)).toEqual(operations.rotate.options.shape.direction.unwrap().options);
});

test('the contract has a field for every option of rotate and of the output', () => {
  const proto = readFileSync(path.join(root, 'grpc/proto/obscura/v1/image.proto'), 'utf8');
  const fields = (message: string) => {
    const [, body = ''] = new RegExp(`^message ${message} \\{(.*?)^\\}`, 'ms').exec(proto) ?? [];
    return [...body.matchAll(/(\w+) = \d+;/g)].map(([, name]) => name);
  };
  expect(fields('RotateRequest')).toEqual(['picture', ...Object.keys(operations.rotate.options.shape), 'output']);
  expect(fields('Output')).toEqual(Object.keys(operations.convert.options.shape));
  expect(fields('Step')).toEqual(['operation', 'options']);
});
