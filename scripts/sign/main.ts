import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { signAddress } from '#http/access-signature';

const USAGE = `usage: node scripts/run.mjs sign --secret FILE [--seconds 3600] ADDRESS
Signs the address of a function behind a gateway (docs/access.md), such as
'http://127.0.0.1:8080/function/transform-fn?chain=resize:512&url=https://example.com/cat.jpg'.
FILE holds the signing keys; its first one is used.`;

/** Prints a signed address. */
function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { secret: { type: 'string' }, seconds: { type: 'string', default: '3600' } },
  });
  const [address] = positionals;
  const seconds = Number(values.seconds);
  if (!values.secret || !address || !Number.isFinite(seconds)) throw new Error(USAGE);
  const lines = readFileSync(values.secret, 'utf8').split('\n');
  const key = lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'));
  if (!key) throw new Error(`There is no key in ${values.secret}.`);
  console.log(signAddress(address, key, Math.floor(Date.now() / 1_000 + seconds)));
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
