// Runs the benches of speed one after another, each of which writes its own results; goes on when one fails.
// usage: npm run bench -- [--only WORD] [--picture FILE] [--bullmq FOLDER]
//   --only: those whose command has this word in it, such as gateway; --bullmq: see bench/gateway/queue.mjs
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, picture: { type: 'string' }, bullmq: { type: 'string' } },
});
const picture = path.resolve(values.picture ?? path.join(root, 'functions/frontend-fn/page/samples/coffee.jpg'));

const BENCHES = [
  ['bench/imaging/run.mjs', '--seconds', '3'],
  ['scripts/run.mjs', 'bench/clip/run.ts', '--picture', picture],
  ['scripts/run.mjs', 'bench/clip/labels.ts'],
  ['bench/gateway/proxy.mjs'],
  ['bench/gateway/overload.mjs'],
  ['bench/gateway/queue.mjs', ...(values.bullmq ? ['--bullmq', path.resolve(values.bullmq)] : [])],
  ['bench/grpc/run.mjs'],
  ['bench/transport/run.mjs'],
  ['bench/start/ready.mjs'],
  ['bench/start/wake.mjs'],
  ['bench/start/run.mjs'],
];

const failed = [];
for (const command of BENCHES.filter((one) => one.join(' ').includes(values.only))) {
  const name = command.join(' ');
  console.log(`\n== node ${name}`);
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nThese failed:\n${failed.join('\n')}`);
  process.exitCode = 1;
}
