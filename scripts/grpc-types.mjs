// Generates grpc/generated/ (types of messages and services) from grpc/proto/, with installed packages only.
// usage: node scripts/grpc-types.mjs [--out DIR]
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({ options: { out: { type: 'string', default: 'grpc/generated' } } });
const out = path.resolve(root, values.out);
const loader = path.dirname(createRequire(import.meta.url).resolve('@grpc/proto-loader/package.json'));

// The same options as in grpc/protos.ts, which loads the same files.
const loading = ['--longs=Number', '--enums=String', '--defaults', '--oneofs'];
const naming = ['--inputTemplate=%sInput', '--outputTemplate=%s', '--importFileExtension=.ts'];

function generate(files, ...more) {
  const tool = path.join(loader, 'build/bin/proto-loader-gen-types.js');
  const folders = ['-I', 'grpc/proto', '-O', out];
  execFileSync(process.execPath, [tool, ...loading, ...naming, ...more, ...folders, ...files], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

rmSync(out, { recursive: true, force: true });
generate(['obscura/v1/image.proto', 'nl_image_service.proto'], '--grpcLib=@grpc/grpc-js');
// Only messages; the file has no service.
generate(['google/rpc/error.proto']);
